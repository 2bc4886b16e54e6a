"""Releases in and out of Weights & Biases: resolve, fetch, verify, publish, promote."""
