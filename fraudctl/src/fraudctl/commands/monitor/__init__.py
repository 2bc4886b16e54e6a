"""`fraudctl monitor`."""
