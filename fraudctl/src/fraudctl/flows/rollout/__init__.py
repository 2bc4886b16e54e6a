"""Rollouts on this machine, from a new candidate to the registry's aliases."""
