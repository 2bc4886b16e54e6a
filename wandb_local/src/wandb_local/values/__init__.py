"""Values of the protocol: ids, names, times and texts."""
