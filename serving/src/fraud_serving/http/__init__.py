"""HTTP/1.1: connections with limits, refusals, and the server around them."""
