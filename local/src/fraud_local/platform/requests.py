"""What another terminal left in a folder for the process that serves: a file each, named by its id."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from fraud_contract.documents import read_regular

SUFFIX: Final = ".json"
_LARGEST: Final = 256 << 10
"""Bytes of a file: several times what a strategy takes."""


class Identified(Protocol):
    """What is asked for."""

    @property
    def id(self) -> str:
        """Names its file, too: what is done is known by it, so that nothing is done twice."""
        ...


def requests_in[Asked: Identified](
    folder: Path, read: Callable[[bytes], Asked], is_open: Callable[[Path], bool]
) -> Iterator[Asked]:
    """Those whose files are open, the oldest first; `read` makes one of a file's content.

    What is none, whatever it is, is renamed and left there: it stops nobody who serves.
    """
    for path in filter(is_open, sorted(folder.glob(f"*{SUFFIX}"))):
        found = _asked(path, read)
        if found is None:
            with suppress(OSError):
                path.rename(path.with_suffix(".unreadable"))
        else:
            yield found


def _asked[Asked: Identified](path: Path, read: Callable[[bytes], Asked]) -> Asked | None:
    try:
        found = read(read_regular(path, _LARGEST))
    except (OSError, ValueError):  # of which pydantic's own are some
        return None
    return found if found.id == path.stem else None
