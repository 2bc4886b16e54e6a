"""`python -m benchmarks.interpreter CACHE`: print the path of the Python that a comparison is to run on."""

import os
import sys
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.interpreter.choice import choose


def main(cache: str) -> int:
    """Exit code: 0, or 1 after a line that says what is wrong with the named one."""
    try:
        sys.stdout.write(f"{choose(os.environ.get('BENCH_PYTHON', ''), Path(cache))}\n")
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
