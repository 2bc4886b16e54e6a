"""Rows on their way to W&B."""
