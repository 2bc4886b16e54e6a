"""The page of errors: the whole tree under `FraudError`, from the classes themselves."""

import importlib.util
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.generate.table import table
from fraud_contract.errors import FraudError

_PACKAGES: Final = (
    "fraud_contract",
    "fraud_serving",
    "fraud_transformer",
    "fraud_predictor",
    "fraud_standalone",
    "fraud_registry",
    "fraud_training",
    "fraud_rollout",
    "fraud_local",
    "fraudctl",
)
_DECLARES: Final = re.compile(r'^    code(: ClassVar\[str\])? = "', re.MULTILINE)
"""What a module has that declares an error."""
_HEAD: Final = """\
# Errors

Made by `python -m docs.generate` from the classes; a test keeps it current.

Every error of this project is a `FraudError` with a stable `code` for programs and one message for
people: what is wrong, where, and what to do. Over HTTP it is `{"error": message, "code": code,
"details": [...]}`; `fraudctl` prints `error: message` on standard error and exits with 1 (2 for wrong
usage). The indentation shows which error is a kind of which; whoever handles an error handles its kinds.
"""


def page() -> str:
    """The page, in Markdown."""
    for package in _PACKAGES:
        _load(package)
    return f"{_HEAD}\n{table(('error', 'code', 'raised by', 'meaning'), _rows(FraudError, 0))}\n"


def _load(package: str) -> None:
    """Import the modules that declare errors, so that their classes are known whatever else is imported."""
    module = importlib.import_module(package)
    for each in pkgutil.walk_packages(module.__path__, f"{package}."):
        spec = importlib.util.find_spec(each.name)
        if spec and spec.origin and _DECLARES.search(Path(spec.origin).read_text()):
            importlib.import_module(each.name)


def _rows(error: type[FraudError], depth: int) -> Iterator[tuple[str, ...]]:
    meaning = (error.__doc__ or "").partition("\n\n")[0]
    yield (
        f"{'&emsp;' * depth}`{error.__name__}`",
        f"`{error.code}`",
        f"`{error.__module__.partition('.')[0]}`",
        meaning,
    )
    for kind in sorted(error.__subclasses__(), key=lambda each: each.__name__):
        yield from _rows(kind, depth + 1)
