"""Where the figures come from: processor and versions, nothing that names the machine."""

import os
import platform
import sysconfig
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

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
_GIB: Final = 1 << 30
_OPTIMISED: Final = ("--enable-optimizations", "-fprofile-use")
"""One of them is found where a build was optimised by a profile: pyenv's and Docker's, and Debian's."""
_LTO: Final = ("--with-lto", "-flto")


def facts() -> Mapping[str, str]:
    """Words and their values, in the order in which they are reported."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "interpreter": build(str(sysconfig.get_config_vars("CONFIG_ARGS", "PY_CFLAGS_NODIST"))),
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    }


def build(arguments: str) -> str:
    """How an interpreter was built, of the arguments and flags that `sysconfig` remembers.

    The images' Python is optimised; figures of one that is not understate all services, and not all alike.
    """
    link = "with" if any(each in arguments for each in _LTO) else "without"
    if any(each in arguments for each in _OPTIMISED):
        return f"built with profile-guided optimisation, {link} link-time optimisation"
    return f"**built without profile-guided optimisation**, {link} link-time optimisation"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
