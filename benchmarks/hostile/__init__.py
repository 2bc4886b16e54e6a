"""Hostile callers: what their requests, floods and hours cost, and whether that keeps to the budgets."""
