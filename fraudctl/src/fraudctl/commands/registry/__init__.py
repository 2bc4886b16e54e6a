"""`fraudctl registry` and `fraudctl keys`."""
