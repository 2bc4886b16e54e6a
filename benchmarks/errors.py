"""What ends a comparison."""


class BenchmarkError(Exception):
    """A comparison that cannot be made, or whose figures would mean nothing; the text says why."""
