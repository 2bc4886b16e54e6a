"""`fraudctl rollout`: start, steer, watch, list and report."""
