"""Releases on this machine under a rollout: their processes, the proxy before them, what people ask."""
