"""Start-up and exit of a serving process: quiet logs, one line when it refuses to start."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from fraud_contract.errors import FraudError
from fraud_contract.plain_text import plain
from fraud_serving.memory import fix_thresholds
from fraud_serving.settings import ServingSettings
from fraud_serving.telemetry.logs import configure

_NOT_SERVED_WITH: Final = ("pyarrow", "sklearn")
"""Pandas and XGBoost import these where they find them: 80 MiB and 0.7 s for nothing. No image has them."""

_OF_KSERVE: Final = frozenset({"--model_name", "--predictor_host", "--http_port", "--workers"})
"""What KServe 0.20 appends to the command of a transformer, each with a value after it."""

_HELP: Final = "This process takes no arguments: set FRAUD_* in its environment."


def prepare(settings: ServingSettings) -> None:
    """Set the process up before `kserve` and `xgboost` are imported: like in an image, quiet, and small.

    KServe reads its own level from the environment; stock, it writes four lines per request, which cost a
    third of a request's time.
    """
    for name in _NOT_SERVED_WITH:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is how Python says "not installed"
    os.environ.setdefault("KSERVE_LOGLEVEL", "WARNING")
    fix_thresholds()
    configure(settings.log_level, settings.log_format)


def _unknown(arguments: Sequence[str]) -> str | None:
    """The first argument that is neither of KServe's nor its value."""
    rest = iter(arguments)
    for name in rest:
        value = next(rest, None)
        port = os.environ.get("FRAUD_HTTP_PORT", str(ServingSettings.model_fields["http_port"].default))
        if name not in _OF_KSERVE or value is None or (name == "--http_port" and value != port):
            return name
    return None


def run(main: Callable[[], None]) -> int:
    """Exit status of `main`: 0, or 1 after one line on standard error that says what to do; 2 for arguments.

    Everything is a setting, and one that is given otherwise must not be dropped in silence. Only what
    KServe's controller appends to a transformer's command is taken: the pod's settings say the same.
    """
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(_HELP)  # noqa: T201 - asked for
        return 0
    unknown = _unknown(sys.argv[1:])
    if unknown:
        print(f"error: Unknown argument {unknown}. {_HELP}", file=sys.stderr)  # noqa: T201 - same
        return 2
    try:
        main()
    except FraudError as error:
        print(f"error: {plain(error.message)}", file=sys.stderr)  # noqa: T201 - a process that refuses to start says so
        return 1
    return 0
