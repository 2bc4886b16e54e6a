"""Watches releases in production: windows of their counters, drift, and alerts, to W&B and Prometheus."""
