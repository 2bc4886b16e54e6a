"""Which of a machine's interpreters the comparison takes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.interpreter.build import Build

_DEBIAN: Final = Path(__file__).with_name("debian")
_TOOLS: Final = ("mmdebstrap", "patchelf")
_NAMES: Final = ("python3.13", "python3.12")
_HELP: Final = (
    "No Python 3.12 or 3.13 here is built with profile-guided and link-time optimisation, so the figures "
    "will be marked. To have one: `uv python install 3.13`, or on Debian "
    "`apt-get install -y mmdebstrap patchelf`; or name one in BENCH_PYTHON."
)


def choose(named: str, cache: Path) -> Path:
    """The interpreter named by the user; else an optimised one; else ours, after a line on standard error.

    Args:
        named: A path or a name on the PATH, or nothing.
        cache: Folder into which Debian's may be unpacked.

    Raises:
        BenchmarkError: The named one does not start, or is of a version that KServe does not take.
    """
    if named:
        python = Path(shutil.which(named) or named)
        if Build.ask(python) is None:
            raise BenchmarkError(
                f"BENCH_PYTHON={named} is no Python 3.12 or 3.13 that starts; name another, or none."
            )
        return python
    optimised = first_optimised(_installed()) or first_optimised(_unpacked(cache / "debian"))
    if optimised is None:
        sys.stderr.write(f"==> {_HELP}\n")
        return Path(sys.executable)
    return optimised


def first_optimised(pythons: Iterable[Path]) -> Path | None:
    """The first that starts and has both optimisations; None where there is none."""
    builds = ((each, Build.ask(each)) for each in pythons)
    return next((python for python, build in builds if build and build.optimised), None)


def _installed() -> Iterator[Path]:
    """Ours, those on the PATH, pyenv's and uv's, the newest of each first."""
    yield Path(sys.executable)
    yield from (Path(found) for name in _NAMES if (found := shutil.which(name)))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    for folder, versions in ((pyenv / "versions", "3.1[23]*"), (data / "uv/python", "cpython-3.1[23]*")):
        yield from sorted(folder.glob(f"{versions}/bin/python3"), reverse=True)


def _unpacked(folder: Path) -> Iterator[Path]:
    """Debian's, the one in the images, if this machine has what unpacks it; a minute the first time."""
    python = folder / "usr/bin/python3.13"
    if Build.ask(python) is None and all(map(shutil.which, _TOOLS)):
        sys.stderr.write("==> Debian's Python, as in the images\n")
        if subprocess.run([_DEBIAN, folder], stdout=sys.stderr, check=False).returncode:  # noqa: S603 - our own
            sys.stderr.write("==> that failed\n")
    yield python
