"""The web page: what is in the registry, to look at."""
