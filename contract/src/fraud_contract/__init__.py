"""What every part of the fraud detector agrees on: transactions, features, artifacts, decisions, errors."""
