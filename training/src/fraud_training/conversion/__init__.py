"""Pickled estimators that people already have, turned once into artifacts that hold no pickle."""
