"""Where releases run: what a platform must offer, and what both kinds of it share."""
