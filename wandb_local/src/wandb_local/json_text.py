"""JSON that is kept as text, checked when it comes in so that every reader can rely on it."""

import json

from wandb_local.errors import InvalidRequestError


def checked_object(text: str, what: str) -> str:
    """`text`, which is a JSON object.

    Raises:
        InvalidRequestError: It is not.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        message = f"{what} must be a JSON object, got {text[:100]!r}"
        raise InvalidRequestError(message)
    return text
