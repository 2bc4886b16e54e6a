"""Transactions as they arrive: parsed and validated, in rows or in columns."""
