"""Stages of a long command, with progress and timings, for the person who waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from fraud_contract.plain_text import plain

_TITLE: Final = 18
"""Width of the column with the titles."""


class Stage:
    """One stage at work. It is a progress for training and registry, as their protocols have it."""

    def __init__(self, bar: Progress | None, console: Console, title: str) -> None:
        self.result = ""
        """What came of it, in a few words; shown when it is done."""
        self._bar = bar
        self._console = console
        self._title = title
        self._task = None if bar is None else bar.add_task(title, total=None)

    def stage(self, name: str) -> None:
        """A part called `name` begins."""
        if self._bar is None or self._task is None:
            self._console.print(f"      {plain(name)}", markup=False, highlight=False, soft_wrap=True)
        else:
            self._bar.update(self._task, description=f"{self._title}: {plain(name)}", total=None, completed=0)

    def advance(self, done: int, total: int) -> None:
        """`done` of `total` steps of the part are through."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=total, completed=done)


class Stages:
    """Shows stages on `console`: a moving line on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """One stage; its line with result and seconds stays once it is done."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._bar() as bar:
                stage = Stage(bar, self._console, title)
                yield stage
        else:
            self._say(f"{title} ...")
            stage = Stage(None, self._console, title)
            yield stage
        seconds = f"{time.monotonic() - started:.1f} s"
        self._say(f"{title.ljust(_TITLE)} {seconds.rjust(7)}  {stage.result}".rstrip())

    def note(self, text: str) -> None:
        """One line between stages."""
        self._say(f"      {text}")

    def warn(self, text: str) -> None:
        """One line that wants to be read."""
        self._console.print(
            f"warning: {plain(text)}", style="yellow", markup=False, highlight=False, soft_wrap=True
        )

    def _bar(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )

    def _say(self, text: str) -> None:
        self._console.print(plain(text), markup=False, highlight=False, soft_wrap=True)
