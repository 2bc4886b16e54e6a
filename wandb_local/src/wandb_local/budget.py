"""What one request may spend on the store's only thread."""

import math
import time
from collections.abc import Callable

from wandb_local.errors import TooCostlyError
from wandb_local.limits import Limits


class Budget:
    """Rows, characters and seconds that are left; every reader of the store and every answer draws on it."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._rows = limits.work_rows
        self._text = limits.work_text
        self._monotonic = monotonic
        self._deadline = monotonic() + limits.work_seconds

    def spend(self, rows: int = 0, text: int = 0) -> None:
        """Draw `rows` and `text` characters.

        Raises:
            TooCostlyError: They, or the time, are used up.
        """
        self._rows -= rows
        self._text -= text
        if self._rows < 0:
            message = f"the request costs more than {self._limits.work_rows} rows and values"
        elif self._text < 0:
            message = f"the request reads and answers more than {self._limits.work_text} characters"
        elif self.expired():
            message = f"the request takes more than {self._limits.work_seconds:g} seconds"
        else:
            return
        advice = "ask for less at once: fewer fields, a filter, or pages of a list"
        raise TooCostlyError(f"{message}, the limit for one: {advice}")

    def expired(self) -> bool:
        """Whether the time is used up."""
        return self._monotonic() > self._deadline


def unlimited() -> Budget:
    """A budget for work that no caller asked for."""
    return Budget(Limits(work_rows=2**62, work_text=2**62, work_seconds=math.inf))
