"""The page of errors: the whole tree under `FraudError`, from the classes themselves."""

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
    "fraud_processes",
    "fraud_monitor",
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
usage). The indentation shows which error is a kind of which: a handler of an error handles its kinds.

*Raised by* names the packages that make it, *handled by* the modules with an `except` of just this class;
what none of them handles ends the request, the command or the start of the process with its message.
"""


def page() -> str:
    """The page, in Markdown."""
    raised: dict[str, set[str]] = defaultdict(set)
    handled: dict[str, set[str]] = defaultdict(set)
    for package in _PACKAGES:
        for module, source in _modules(package):
            if _DECLARES.search(source):  # so that its classes are known whatever else is imported
                importlib.import_module(module)
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call):
                    raised[ast.unparse(node.func)].add(package)
                elif isinstance(node, ast.ExceptHandler) and node.type is not None:
                    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                    for kind in kinds:
                        handled[ast.unparse(kind)].add(module)
    head = ("error", "code", "raised by", "handled by", "meaning")
    return f"{_HEAD}\n{table(head, _rows(FraudError, 0, raised, handled))}\n"


def _modules(package: str) -> Iterator[tuple[str, str]]:
    """Name and source of each module of a package."""
    folder = Path(importlib.import_module(package).__path__[0])
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        yield ".".join((package, *(part for part in parts if part != "__init__"))), path.read_text()


def _rows(
    error: type[FraudError], depth: int, raised: Mapping[str, set[str]], handled: Mapping[str, set[str]]
) -> Iterator[tuple[str, ...]]:
    name = error.__name__
    yield (
        f"{'&emsp;' * depth}`{name}`",
        f"`{error.code}`",
        _names(raised.get(name, set())),
        _names(handled.get(name, set())),
        (error.__doc__ or "").partition("\n\n")[0],
    )
    for kind in sorted(error.__subclasses__(), key=lambda each: each.__name__):
        yield from _rows(kind, depth + 1, raised, handled)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
