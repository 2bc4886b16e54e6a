"""Runs, and what they report."""
