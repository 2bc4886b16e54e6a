"""Transformer and scorer composed into one process."""
