"""The HTTP side: one ASGI app, its routes, and the bodies they read."""
