"""Opaque global ids: the kind of a thing and its row, in the form W&B uses."""

import base64
import binascii
import re

from wandb_local.errors import NotFoundError

_ROW = re.compile(r"[0-9]{1,18}")


def global_id(kind: str, row: int | str) -> str:
    """The id that clients see for row `row` of `kind`."""
    return base64.b64encode(f"{kind}:{row}".encode()).decode()


def row_of(kind: str, identifier: str) -> int:
    """The row number behind an id of `kind`.

    Raises:
        NotFoundError: The id is of another kind or was not made by this server.
    """
    try:
        found, _, row = base64.b64decode(identifier, validate=True).decode().partition(":")
        if found == kind and _ROW.fullmatch(row):
            return int(row)
    except (binascii.Error, ValueError):
        pass
    message = f"{identifier[:100]!r} is not the id of any {kind} of this server"
    raise NotFoundError(message)
