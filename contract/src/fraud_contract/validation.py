"""What pydantic refuses, in words of ours."""

from typing import Final

from pydantic_core import ErrorDetails

_PREFIX: Final = "Value error, "
"""What pydantic puts before the words of a validator of ours."""


def problem(error: ErrorDetails) -> str:
    """What is wrong with one value."""
    return error["msg"].removeprefix(_PREFIX)
