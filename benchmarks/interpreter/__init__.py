"""The Python that runs all services of a comparison: how it was built, and which one is taken."""
