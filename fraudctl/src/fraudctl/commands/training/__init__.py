"""`fraudctl train`, `publish` and `dataset`."""
