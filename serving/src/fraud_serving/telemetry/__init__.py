"""Logs, trace context and metrics of a serving process."""
