"""What the service does beside large requests, beyond its capacity, and while it is stopped."""
