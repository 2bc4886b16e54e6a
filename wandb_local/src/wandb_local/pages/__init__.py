"""The web pages: what is in the registry, to look at. Everything works without scripts."""
