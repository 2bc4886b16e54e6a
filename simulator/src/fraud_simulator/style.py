"""Bold and colours, where the reader wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Style:
    """Marks text for a terminal, or leaves it as it is."""

    coloured: bool

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str]) -> Style:
        """Colours on a terminal, unless NO_COLOR is set (https://no-color.org) or it is a dumb one."""
        return cls(stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb")

    def bold(self, text: str) -> str:
        """For headings."""
        return self._marked("1", text)

    def bad(self, text: str) -> str:
        """For failures."""
        return self._marked("31", text)

    def _marked(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.coloured else text
