"""The demo: a release under live traffic, and what comes of three candidates."""
