"""The preprocessor: fitted, compiled, and proven to be the same."""
