"""Rollouts: candidates, evidence and records."""
