"""Which commit this code is of."""

import os
import subprocess
from pathlib import Path
from typing import Any, Final

_CODE: Final = Path(__file__).resolve().parent
_DEADLINE: Final = 20.0


def commit_of(folder: Path = _CODE) -> dict[str, Any]:
    """`commit` and `dirty`, whether tracked files differ from it; else `absent`, the reason."""
    head = _git(folder, "rev-parse", "HEAD")
    if isinstance(head, OSError | subprocess.TimeoutExpired):
        return {"absent": f"git cannot be run ({type(head).__name__})"}
    if head.returncode:
        lines = head.stderr.strip().splitlines() or ["git failed"]
        return {"absent": lines[0].removeprefix("fatal: ")[:200]}
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if isinstance(status, OSError | subprocess.TimeoutExpired) or status.returncode:
        return {"commit": head.stdout.strip()}
    return {"commit": head.stdout.strip(), "dirty": bool(status.stdout.strip())}


def _git(
    folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str] | OSError | subprocess.TimeoutExpired:
    # A GIT_DIR of a hook that runs us would name another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(  # noqa: S603 - no shell, our own arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            check=False,
            timeout=_DEADLINE,
            env={**environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return error
