"""Releases on their way to production: judged on evidence, moved in guarded steps, taken back when bad."""
