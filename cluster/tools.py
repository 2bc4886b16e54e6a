"""helm and kubectl: the user's own where they are new enough, else those of `make tools`."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fraud_contract.errors import SettingsError

OLDEST: Final[Mapping[str, tuple[int, int]]] = {"helm": (3, 17), "kubectl": (1, 30)}
"""The oldest helm that the chart is tested with; the kubectl of the oldest cluster that it takes."""
_FOLDER: Final = Path(__file__).parents[1] / ".cache" / "bin"
_SHOW: Final = {"helm": ("version", "--short"), "kubectl": ("version", "--client")}
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)")
_SECONDS: Final = 10.0


def tool(name: str, folder: Path = _FOLDER) -> str:
    """The path of `helm` or `kubectl`.

    Raises:
        SettingsError: there is none that is new enough.
    """
    for path in (shutil.which(name), str(folder / name)):
        if path is not None and is_new_enough(name, path):
            return path
    oldest = ".".join(map(str, OLDEST[name]))
    raise SettingsError(f"No {name} {oldest} or newer on the PATH or in {folder}. Get one by: make tools")


def is_new_enough(name: str, path: str) -> bool:
    """Whether the program there runs and is at least the oldest that is known to work."""
    try:
        done = subprocess.run(  # noqa: S603 - found on the PATH, as a shell would
            [path, *_SHOW[name]], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = _VERSION.search(done.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST[name]
