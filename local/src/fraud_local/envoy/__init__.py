"""A real Envoy in front of the releases on this machine: one port, weights, health checks, files."""
