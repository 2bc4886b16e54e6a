"""JSON that is kept as text, checked when it comes in so that every reader can rely on it."""

import json
import math

from wandb_local.errors import InvalidRequestError


def values_in(document: bytes | bytearray) -> int:
    """At least as many values as the JSON document has, counted without parsing it."""
    return 1 + sum(map(document.count, (b",", b"[", b"{", b":")))


def object_in(text: str) -> dict[str, object] | None:
    """The JSON object in `text`; None if it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def checked_object(text: str, what: str) -> str:
    """`text`, which is a JSON object.

    Raises:
        InvalidRequestError: It is not.
    """
    if object_in(text) is None:
        message = f"{what} must be a JSON object, got {text[:100]!r}"
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
