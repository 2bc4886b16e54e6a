"""W&B's SDK in a process of its own."""
