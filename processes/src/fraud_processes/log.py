"""What a process printed last."""

from contextlib import suppress
from pathlib import Path
from typing import Final

_LONGEST: Final = 65_536
"""Bytes from the end of a log that are looked at."""
_ERROR: Final = "error: "
"""How our own processes begin the line that says why they end."""


def last_words(log: Path) -> str:
    """The last error line of a log, else its last line; and where the rest is."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LONGEST))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
        return f"{(errors or lines or ['It printed nothing.'])[-1]} (log: {log})"
    return f"no log at {log}"
