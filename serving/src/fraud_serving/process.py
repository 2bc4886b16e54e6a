"""Start-up and exit of a serving process: quiet logs, one line when it refuses to start."""

import os
import sys
from collections.abc import Callable

from fraud_contract.errors import FraudError
from fraud_serving.logs import configure
from fraud_serving.settings import ServingSettings


def prepare(settings: ServingSettings) -> None:
    """Set logging up before `kserve` is imported, which reads its own level from the environment.

    Stock KServe writes four lines per request; they cost a third of a request's time.
    """
    os.environ.setdefault("KSERVE_LOGLEVEL", "WARNING")
    configure(settings.log_level, settings.log_format)


def run(main: Callable[[], None]) -> int:
    """Exit status of `main`: 0, or 1 after one line on standard error that says what to do."""
    try:
        main()
    except FraudError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - a process that refuses to start says so
        return 1
    return 0
