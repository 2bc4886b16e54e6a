"""What names may look like. The same rules as the SDK's own checks, which a client can bypass."""

import re

from wandb_local.errors import InvalidRequestError

LATEST = "latest"
"""The alias that always follows the version that was logged last."""

_NAME = re.compile(r"[^/:\x00-\x1f\x7f]{1,128}")
_VERSION = re.compile(r"v(\d{1,18})")
_LONGEST_PATH = 1024


def version_of(reference: str) -> int | None:
    """The number in `v<number>`, or None for anything else."""
    match = _VERSION.fullmatch(reference)
    return int(match[1]) if match else None


def checked_name(name: str, what: str) -> str:
    """`name`, fit for an entity, project, run, collection, type, tag or alias.

    Raises:
        InvalidRequestError: It is empty, too long, or has a slash, colon or control character.
    """
    if not _NAME.fullmatch(name):
        message = (
            f"invalid {what} {name[:140]!r}: 1 to 128 characters without '/', ':' and control characters"
        )
        raise InvalidRequestError(message)
    return name


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
    """`path`, fit for a file of a run or an artifact: relative, inside.

    The server never builds a path of its own disk from it; the clients that download do.

    Raises:
        InvalidRequestError: It is absolute, climbs with `..`, is empty, too long or has a NUL.
    """
    parts = path.replace("\\", "/").split("/")
    if not path or len(path) > _LONGEST_PATH or parts[0] == "" or ".." in parts or "\x00" in path:
        rule = f"a relative path of at most {_LONGEST_PATH} characters without '..'"
        message = f"invalid file name {path[:140]!r}: {rule}"
        raise InvalidRequestError(message)
    return path
