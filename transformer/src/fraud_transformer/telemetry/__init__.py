"""Metrics, recent decisions, logs and traces."""
