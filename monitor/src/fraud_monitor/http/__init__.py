"""The monitor's own port."""
