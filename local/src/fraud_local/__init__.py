"""A release on this machine: workspace, processes, and the stages that lead to a running service."""
