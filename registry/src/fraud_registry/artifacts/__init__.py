"""Artifacts by name, by pin, and as verified files on this disk."""
