"""What clients send as arguments and input objects, read with types."""

import re
from collections.abc import Mapping
from typing import Self

from wandb_local.errors import InvalidRequestError, TooLargeError
from wandb_local.limits import LIST_ITEMS, TEXT_CHARACTERS
from wandb_local.values.json_text import checked_object

_INTEGER_LIMIT = 2**63
_INTEGER = re.compile(r"-?[0-9]{1,18}")


class Arguments:
    """Values by name, each read as the type it must have; absent and null are the same."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def _refuse(self, name: str, wanted: str) -> InvalidRequestError:
        return InvalidRequestError(f"argument {name!r} must be {wanted}, got {self._values.get(name)!r:.100}")

    def has(self, name: str) -> bool:
        """Whether the value is given and not null."""
        return self._values.get(name) is not None

    def _optional_string(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._refuse(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string of at most `TEXT_CHARACTERS`, or None."""
        value = self._optional_string(name)
        if value is not None and len(value) > TEXT_CHARACTERS:
            message = f"argument {name!r} has {len(value)} characters: the limit is {TEXT_CHARACTERS}"
            raise TooLargeError(message)
        return value

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.optional_text(name)
        if not value:
            raise self._refuse(name, "a non-empty string")
        return value

    def optional_object_text(self, name: str) -> str | None:
        """A JSON object as text, or None."""
        text = self._optional_string(name)
        return None if text is None else checked_object(text, f"argument {name!r}")

    def optional_integer(self, name: str) -> int | None:
        """A 64-bit integer (also as a string of digits, as GraphQL ids and cursors come), or None."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _INTEGER_LIMIT:
            raise self._refuse(name, "a 64-bit integer")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; False when it is not given."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._refuse(name, "a boolean")
        return bool(value)

    def texts(self, name: str, most: int = LIST_ITEMS) -> list[str]:
        """Strings, at most so many; none when it is not given."""
        return self._list(name, str, "a list of strings", most)

    def _list[T](self, name: str, kind: type[T], wanted: str, most: int) -> list[T]:
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise self._refuse(name, wanted)
        if len(value) > most:
            message = f"argument {name!r} has {len(value)} items: the limit is {most}"
            raise TooLargeError(message)
        return value

    def nested(self, name: str) -> Self:
        """An input object."""
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise self._refuse(name, "an object")
        return type(self)(value)

    def all_nested(self, name: str, most: int = LIST_ITEMS) -> list[Self]:
        """Input objects, at most so many; none when it is not given."""
        return [type(self)(item) for item in self._list(name, dict, "a list of objects", most)]
