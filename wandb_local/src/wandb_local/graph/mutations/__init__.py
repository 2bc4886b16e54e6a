"""Mutations: what clients change."""
