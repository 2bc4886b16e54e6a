"""JSON that is kept as text, checked when it comes in so that every reader can rely on it."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from wandb_local.errors import InvalidRequestError
from wandb_local.limits import JSON_DEPTH

_TOO_DEEP: Final = f"its objects and lists lie more than {JSON_DEPTH} levels within each other"


def values_in(document: bytes | bytearray) -> int:
    """At least as many values as the JSON document has, counted without parsing it."""
    return 1 + sum(map(document.count, (b",", b"[", b"{", b":")))


def value_of(document: str | bytes | bytearray) -> Any:  # noqa: ANN401 - as the document says
    """What the JSON document says.

    Raises:
        ValueError: It is none, or deeper than `JSON_DEPTH`: a value that could be read just so could not be
            written again, here or by a client.
    """
    try:
        value = json.loads(document)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    level = [value]
    for _ in range(JSON_DEPTH + 1):
        level = [part for whole in level for part in _parts(whole) if isinstance(part, dict | list)]
        if not level:
            return value
    raise ValueError(_TOO_DEEP)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def object_in(text: str) -> dict[str, object] | None:
    """The JSON object in `text`; None if it is none."""
    try:
        value = value_of(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def checked_object(text: str, what: str) -> str:
    """`text`, which is a JSON object.

    Raises:
        InvalidRequestError: It is not.
    """
    if object_in(text) is None:
        message = f"{what} must be a JSON object of at most {JSON_DEPTH} levels, got {text[:100]!r}"
        raise InvalidRequestError(message)
    return text


def written(value: object) -> bytes:
    """`value` as JSON that every reader takes: ASCII only, and numbers that JSON lacks as W&B writes them."""
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
