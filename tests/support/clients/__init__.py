"""Clients that send what usual ones do not, or count what becomes of it."""
