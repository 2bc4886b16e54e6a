"""Measurements, goals, and the page that shows them."""
