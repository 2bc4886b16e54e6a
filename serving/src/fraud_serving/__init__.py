"""KServe's `ModelServer` as both serving processes run it."""
