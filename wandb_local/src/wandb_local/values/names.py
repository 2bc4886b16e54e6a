"""What names may look like. The same rules as the SDK's own checks, which a client can bypass."""

import re

from wandb_local.errors import InvalidRequestError
from wandb_local.limits import NAME_CHARACTERS, PATH_CHARACTERS, PATH_PART_BYTES
from wandb_local.values.plain_text import is_plain

LATEST = "latest"
"""The alias that always follows the version that was logged last."""

_VERSION = re.compile(r"v([0-9]{1,18})")


def version_of(reference: str) -> int | None:
    """The number in `v<number>`, or None for anything else."""
    match = _VERSION.fullmatch(reference)
    return int(match[1]) if match else None


def checked_name(name: str, what: str) -> str:
    """`name`, fit for an entity, project, run, collection, type, tag or alias.

    Raises:
        InvalidRequestError: It is empty, too long, or has a slash, colon or character that cannot be seen.
    """
    if not 1 <= len(name) <= NAME_CHARACTERS or set(name) & {"/", ":"} or not is_plain(name):
        rule = f"1 to {NAME_CHARACTERS} characters without '/', ':', control and direction characters"
        message = f"invalid {what} {name[: NAME_CHARACTERS + 12]!r}: {rule}"
        raise InvalidRequestError(message)
    return name


def checked_line(text: str, what: str) -> str:
    """`text`, fit to be shown in one line.

    Raises:
        InvalidRequestError: It has control or direction characters.
    """
    if not is_plain(text):
        message = f"invalid {what} {text[:140]!r}: no control and direction characters"
        raise InvalidRequestError(message)
    return text


def checked_alias(name: str) -> str:
    """`name`, fit for an alias.

    Raises:
        InvalidRequestError: It breaks the rules of names, or is reserved for versions.
    """
    if version_of(name) is not None:
        message = f"alias {name!r} is reserved for versions: choose another name"
        raise InvalidRequestError(message)
    return checked_name(name, "alias")


def checked_path(path: str) -> str:
    """`path`, fit for a file of a run or an artifact: relative, inside, one way to write it.

    The server never builds a path of its own disk from it; the clients that download do.

    Raises:
        InvalidRequestError: It is absolute, climbs with `..`, has an empty, too long or `.` part, a backslash
            climb, a control or direction character, or is too long as a whole.
    """
    parts = path.replace("\\", "/").split("/")
    if (
        len(path) > PATH_CHARACTERS
        or not is_plain(path)
        or any(part in {"", ".", ".."} or len(part.encode()) > PATH_PART_BYTES for part in parts)
    ):
        rule = (
            f"a relative path of at most {PATH_CHARACTERS} characters without '.', '..', empty or"
            f" longer parts than {PATH_PART_BYTES} bytes, control and direction characters"
        )
        message = f"invalid file name {path[:140]!r}: {rule}"
        raise InvalidRequestError(message)
    return path
