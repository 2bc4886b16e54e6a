"""MLServer's environment: packages of its own, since it wants an older FastAPI, and our interpreter."""

import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

_FOLDER: Final = Path(__file__).parents[2] / ".cache" / "bench" / "mlserver"
"""Where `make bench` installs requirements/mlserver.txt."""
PYTHON: Final = _FOLDER / "bin" / "python"


def require_environment(python: Path = PYTHON) -> None:
    """Raise `BenchmarkError` unless it is there and runs on the interpreter that runs this."""
    ours, its = Path(sys.executable).resolve(), python.resolve()
    if not its.exists():
        raise BenchmarkError("MLServer's environment is missing. Run the comparison by `make bench`.")
    if ours != its:
        raise BenchmarkError(
            f"MLServer would run on {its}, not on {ours}. Run the comparison by `make bench`."
        )


def installed(name: str) -> str:
    """The version of a package there."""
    packages = [str(each) for each in _FOLDER.glob("lib/*/site-packages")]
    return next(iter(distributions(name=name, path=packages))).version
