"""Artifacts and data, small or spoilt."""
