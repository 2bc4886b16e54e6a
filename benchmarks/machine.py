"""Where the figures come from: processor and versions, nothing that names the machine."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.interpreter.build import Build
from benchmarks.services import mlserver

_LIBRARIES: Final = (
    "kserve",
    "fastapi",
    "uvicorn",
    "uvloop",
    "pydantic",
    "grpcio",
    "xgboost-cpu",
    "scikit-learn",
    "pandas",
    "numpy",
)
_MLSERVER: Final = ("mlserver", "fastapi", "uvicorn", "uvloop", "orjson", "xgboost-cpu", "numpy")
_GIB: Final = 1 << 30


def facts() -> Mapping[str, str]:
    """Words and their values, in the order in which they are reported."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "interpreter": str(Build.ours()),
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        "MLServer's own": ", ".join(f"{name} {mlserver.installed(name)}" for name in _MLSERVER),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
