"""`python -m fraud_registry URI FOLDER [URI FOLDER ...]`: the storage initializer."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from fraud_contract.errors import FraudError
from fraud_contract.plain_text import plain
from fraud_registry.pods.initializer import exit_code, initialize

_TERMINATION_LOG = Path("/dev/termination-log")
"""Kubernetes shows what stands here as the reason of a failed container."""


def main() -> int:
    """Run it; the exit code says what failed.

    2 usage or settings, 3 not found, 4 refused, 5 unavailable, 6 unusable, 1 anything else.
    """
    try:
        initialize(sys.argv[1:])
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        if os.access(_TERMINATION_LOG, os.W_OK):
            with suppress(OSError):
                _TERMINATION_LOG.write_text(plain(error.message))
        return exit_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
