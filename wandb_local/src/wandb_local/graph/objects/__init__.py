"""Objects: what clients select."""
