"""Numbers, times and JSON in readable form."""

import json
from collections.abc import Iterator, Mapping
from typing import TypeGuard

_LONGEST = 300
_THOUSAND = 1000
_DEEPEST = 4
_MOST_KEYS = 500
_HUGE = 1e308


def readable(value: object) -> str:
    """A JSON value in one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def readable_size(size: int) -> str:
    """A number of bytes in a unit that fits."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < _THOUSAND:
            return f"{amount:.3g} {unit}"
        amount /= _THOUSAND
    return f"{amount:.3g} GB"


def readable_time(stamp: str | None) -> str:
    """A time to the second, in UTC."""
    return "" if stamp is None else stamp[:19].replace("T", " ")


def flat(values: Mapping[str, object]) -> dict[str, object]:
    """Nested objects as one, keys joined by dots and sorted; without the keys the SDK keeps for itself.

    Objects that describe a medium (they have a `_type`) stay whole.
    """
    found = dict[str, object]()
    for key, value in _leaves(values, "", _DEEPEST):
        if len(found) == _MOST_KEYS:
            break
        found[key] = value
    return dict(sorted(found.items()))


def _leaves(values: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if key.startswith("_"):
            continue
        if isinstance(value, Mapping) and value and "_type" not in value and depth > 1:
            yield from _leaves(value, f"{prefix}{key}.", depth - 1)
        else:
            yield f"{prefix}{key}", value


def figures(values: Mapping[str, object]) -> dict[str, float]:
    """The finite numbers among flat values."""
    return {key: value for key, value in values.items() if is_figure(value)}


def is_figure(value: object) -> TypeGuard[float]:
    """Whether the value is a number that a float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_HUGE < value < _HUGE


def config_of(text: str) -> dict[str, object]:
    """A run's config as its user wrote it: the protocol wraps every value."""
    return {
        key: value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in json.loads(text).items()
        if not key.startswith("_")
    }
