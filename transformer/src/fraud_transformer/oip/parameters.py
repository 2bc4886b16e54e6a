"""Parameters of a request, its inputs and its outputs, which the protocol lets a client name as it likes.

One that asks for something is done or refused by name; others, such as a caller's own remarks, go unread. One
that is null is as one that is left out.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from fraud_contract.errors import MalformedRequest
from fraud_transformer.limits import MAX_ECHO, MAX_PARAMETERS

EXPLAIN: Final = "explain"
"""Of a request: true for the output `explanation`."""
CONTENT_TYPE: Final = "content_type"
"""Of a request or an input, as MLServer has it: how the values of BYTES are encoded."""
SIZE: Final = "binary_data_size"
"""Of an input or an output: bytes of its raw data."""
WANTED: Final = "binary_data"
"""Of a requested output: true for raw data."""
ALL_WANTED: Final = "binary_data_output"
"""Of a request: true for raw data of all outputs that do not say otherwise."""

BASE64: Final = "base64"
CONTENT_TYPES: Final = frozenset({BASE64, "np", "pd", "str"})
"""Values of `content_type`; all but base64 say what is so anyway."""

_ASKING: Final = (
    "classification",
    "priority",
    "sequence_end",
    "sequence_id",
    "sequence_start",
    "shared_memory_byte_size",
    "shared_memory_offset",
    "shared_memory_region",
    "timeout",
)
"""Extensions of the protocol that are not offered."""
_CLOSE: Final = 0.8
_PARAMETERS: Final = frozenset({EXPLAIN, CONTENT_TYPE, SIZE, WANTED, ALL_WANTED})
_ROWS: Final = frozenset({"columns", "instances", "transactions"})


def given(parameters: Mapping[str, Any] | None, known: frozenset[str], where: str) -> dict[str, Any]:
    """The parameters that say something.

    Raises:
        MalformedRequest: there are too many, or one asks for what is not offered or not there, or its name is
            nearly, and not quite, one of the `known`.
    """
    said = {name: value for name, value in (parameters or {}).items() if value is not None}
    if len(said) > MAX_PARAMETERS:
        raise MalformedRequest(f"{where} has {len(said)} parameters; at most {MAX_PARAMETERS} are taken.")
    for name in said.keys() - known:
        short = name[:MAX_ECHO]
        if name in _ASKING:
            raise MalformedRequest(f"The parameter {short!r} of {where} is not offered. Leave it out.")
        if name == EXPLAIN:
            raise MalformedRequest(f"The parameter {name!r} of {where} belongs to the request as a whole.")
        if meant := get_close_matches(short.lower(), known, 1, _CLOSE):
            raise MalformedRequest(f"The parameter {short!r} of {where} is unknown. Is {meant[0]!r} meant?")
    return said


def require_none_misplaced(content: Mapping[str, Any], names: frozenset[str], where: str) -> None:
    """Raise `MalformedRequest` for a member of an object, beside its `names`, that asks for something.

    That is a parameter outside `parameters`, rows of another protocol, or a name that is nearly known.
    """
    others = [name for name in content if name not in names and content[name] is not None]
    if len(others) > MAX_PARAMETERS:
        raise MalformedRequest(f"{where} has {len(others)} unknown names; {MAX_PARAMETERS} are taken.")
    for name in others:
        short = name[:MAX_ECHO]
        if name in _PARAMETERS:
            raise MalformedRequest(f"{where} says {short!r}, which belongs into its parameters.")
        if name in _ROWS:
            raise MalformedRequest(f"{where} says {short!r}, which is not of this protocol.")
        if meant := get_close_matches(short.lower(), names | _PARAMETERS, 1, _CLOSE):
            raise MalformedRequest(f"{where} says {short!r}, which is unknown. Is {meant[0]!r} meant?")


def truth(parameters: Mapping[str, Any], name: str) -> bool | None:
    """A parameter that is true or false, None where it is left out; raises `MalformedRequest` for another."""
    value = parameters.get(name)
    if value is not None and not isinstance(value, bool):
        raise MalformedRequest(f"The parameter {name} is true or false.")
    return value


def content_type(parameters: Mapping[str, Any]) -> str | None:
    """How values are said to be encoded; raises `MalformedRequest` for a way that is not known here."""
    value = parameters.get(CONTENT_TYPE)
    if value is None:
        return None
    if not isinstance(value, str) or value not in CONTENT_TYPES:
        known = ", ".join(sorted(CONTENT_TYPES))
        given = "is no string" if isinstance(value, (list, dict)) else f"{str(value)[:MAX_ECHO]!r} is unknown"
        raise MalformedRequest(f"The content_type {given}; known are {known}.")
    return value
