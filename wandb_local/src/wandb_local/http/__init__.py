"""The HTTP half of the protocol, and the web page."""
