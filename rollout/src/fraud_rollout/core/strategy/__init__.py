"""How strictly a candidate is judged and how it is moved."""
