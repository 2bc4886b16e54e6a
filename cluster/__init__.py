"""Clusters on one machine, and the chart on them."""
