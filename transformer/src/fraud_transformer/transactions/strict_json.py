"""JSON read strictly and in bounded memory: no object names a member twice, however it is escaped or nested.

RFC 8259 leaves open which of two members of one name counts, and readers differ: one in front of this service
could decide on another payment than the service does. `jiter` refuses them while it reads, does not nest
deeper than 200 levels, reads no number of more than 4,300 digits, and needs at most 45 bytes of memory for
one of JSON (docs/decisions/0010-strict-json.md). What takes most of that and of the time is counted before
(`structure`).
"""

import re
from typing import Any, Final

import numpy as np
from jiter import from_json

from fraud_contract.errors import MalformedRequest
from fraud_transformer.limits import MAX_ECHO, SMALL_BODY
from fraud_transformer.transactions.structure import require_affordable

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_QUOTE: Final = ord('"')
_REPEATED: Final = re.compile(r'Detected duplicate key "(.*)" at line (\d+) column (\d+)$', re.DOTALL)


def load(body: bytes, advice: str, max_rows: int = 1) -> Any:  # noqa: ANN401 - whatever JSON it is
    """The value that `body` holds as JSON, with or without a byte order mark, of `max_rows` at most.

    Raises:
        MalformedRequest: it is no JSON, is nested too deeply, or an object names a member twice.
        RequestTooLarge: see `require_affordable`; it is not read.
    """
    require_affordable(body, max_rows)
    try:
        return from_json(body.removeprefix(BYTE_ORDER_MARK), catch_duplicate_keys=True)
    except ValueError as error:
        raise MalformedRequest(f"{_problem(str(error))} {advice}") from None


def quotes_in(body: bytes) -> int:
    """Quotation marks in `body`, of which NumPy counts those of a large one ten times as fast."""
    if len(body) <= SMALL_BODY:
        return body.count(b'"')
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == _QUOTE))


def require_names_once(body: bytes, quotes: int, advice: str, max_rows: int = 1) -> None:
    """Raise `MalformedRequest` where an object in `body` names a member twice.

    `body` was read as JSON already, and what was read needs `quotes` quotation marks: two for a name, two for
    a string. A repeated member brings two more, so only a body with others is read again, strictly.
    """
    if quotes_in(body) != quotes:
        load(body, advice, max_rows)


def _problem(text: str) -> str:
    repeated = _REPEATED.search(text)
    if repeated is None:
        return "The body is not valid JSON."
    name, line, column = repeated.groups()
    return (
        f"The body names {name[:MAX_ECHO]!r} twice in one object, for the second time in line {line} before "
        f"column {column}. Send each name once."
    )
