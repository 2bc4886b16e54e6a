"""Pure: windows, distributions, drift and alerts, out of counters and references."""
