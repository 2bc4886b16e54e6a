#!/usr/bin/env python3
"""Send held-back payments to a running fraud detector and report what it decided.

python3 test_script.py --num_requests 1000 --delay 0.1

Needs nothing but Python 3.9 or newer; BASE_URL in the environment says where the service is.
"""

import os
import sys
from pathlib import Path

_SOURCE = Path(__file__).resolve().parent / "simulator" / "src"


def main() -> int:
    """Run the simulator that lies in this checkout. Returns the exit code."""
    sys.path.insert(0, str(_SOURCE))
    from fraud_simulator.command import main as simulate  # noqa: PLC0415 - the path is set just above

    return simulate(sys.argv[1:], os.environ, "python3 test_script.py")


if __name__ == "__main__":
    sys.exit(main())
