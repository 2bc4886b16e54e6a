"""Servers and scorers that tests run, or put in another one's place."""
