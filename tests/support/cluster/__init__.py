"""A real cluster, and images."""
