"""The process that unpickles: `python -m fraud_training.conversion MODEL OUTPUT [PREPROCESSOR]`.

A pickle runs whatever its author wrote. This process has no more of the environment than it needs, no network
where the system allows that (see `isolation`), and limits on memory, time, files and processes; it ends with
one line of JSON.
"""

import hashlib
import json
import os
import resource
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Final

import joblib

from fraud_contract.errors import FraudError, NotCompilable
from fraud_training.conversion.convert import convert
from fraud_training.conversion.estimators import estimators
from fraud_training.conversion.release import write_converted

_LIMITS: Final = {
    resource.RLIMIT_AS: 16 << 30,
    resource.RLIMIT_CPU: 900,
    resource.RLIMIT_FSIZE: 1 << 30,
    resource.RLIMIT_CORE: 0,
}
_PROCESSES: Final = 1_024
"""With threads. Where it is not the first of its own, those of all its user's programs would count; and the
system does not hold root to it."""
_FIRST: Final = 1
"""Id of the first process of a namespace."""
_LONGEST: Final = 300


def main(arguments: list[str]) -> int:
    """Convert; the exit code."""
    alone = {resource.RLIMIT_NPROC: _PROCESSES} if os.getpid() == _FIRST else {}
    for limit, most in (_LIMITS | alone).items():
        with suppress(OSError, ValueError):  # a lower one is in force, or the system has none of this kind
            resource.setrlimit(limit, (most, most))
    model, output, *preprocessor = map(Path, arguments)
    try:
        answer = _converted(model, preprocessor[0] if preprocessor else None, output)
    except FraudError as error:
        answer = {"error": error.message}
    print(json.dumps(answer))  # noqa: T201 - what the parent reads
    return int("error" in answer)


def _converted(model: Path, preprocessor: Path | None, output: Path) -> dict[str, object]:
    sources = {"model": model} | ({"preprocessor": preprocessor} if preprocessor else {})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = {name: _unpickled(path) for name, path in sources.items()}
        found = estimators(loaded["model"], loaded.get("preprocessor"))
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sources.items()}
    digest = write_converted(convert(found), digests, output)
    versions = sorted({_line(each.message) for each in caught if "version" in str(each.message).lower()})
    return {"model": digest.model, "preprocessor": digest.preprocessor, "warnings": versions}


def _unpickled(path: Path) -> object:
    _require_pickle(path)
    try:
        return joblib.load(path)
    except MemoryError:
        raise NotCompilable(f"{path} takes too much memory.") from None
    except Exception as error:  # noqa: BLE001 - a pickle raises nearly anything
        raise NotCompilable(
            f"{path} cannot be unpickled here: {type(error).__name__}: {_line(error)}."
        ) from None


def _require_pickle(path: Path) -> None:
    """Raise `NotCompilable` for a model file of XGBoost: JSON and UBJSON both begin with a brace."""
    with path.open("rb") as file:
        first = file.read(1)
    if first == b"{":
        raise NotCompilable(
            f"{path} is no pickle but a model file of XGBoost. Pickle the classifier with it: "
            f"model = xgboost.XGBClassifier(); model.load_model({path.name!r}); "
            "joblib.dump(model, 'model.pkl')."
        )


def _line(error: object) -> str:
    return " ".join(str(error).split())[:_LONGEST]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
