"""From bytes to requests, and what their heads may take."""
