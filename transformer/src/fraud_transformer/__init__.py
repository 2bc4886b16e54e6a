"""The transformer: transactions in, decisions out."""
