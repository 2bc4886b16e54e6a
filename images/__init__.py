"""Container images, and lists of what is in them."""
