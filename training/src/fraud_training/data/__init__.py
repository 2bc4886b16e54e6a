"""Transactions to train on: read, checked, split by time into windows."""
