"""Durations as people write them: `90s`, `10m`, `1h30m`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM: Final = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


def parse(text: object) -> timedelta:
    """The duration that `text` writes.

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, timedelta):
        return text
    found = _FORM.fullmatch(text) if isinstance(text, str) and text else None
    if not found:
        raise ValueError(f"{text!r} is no duration; write 90s, 10m, 1h30m or 2d")
    numbers = zip(_UNITS.values(), found.groups(), strict=True)
    return timedelta(**{unit: int(number) for unit, number in numbers if number})


def write(duration: timedelta) -> str:
    """The shortest text that `parse` reads as `duration`, whole seconds."""
    left, parts = int(duration.total_seconds()), []
    for unit, size in _SECONDS.items():
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[timedelta, BeforeValidator(parse), PlainSerializer(write)]
