"""Which registry, as whom, and whether it answers."""
