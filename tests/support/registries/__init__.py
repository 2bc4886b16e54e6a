"""Registries that hold what a test needs."""
