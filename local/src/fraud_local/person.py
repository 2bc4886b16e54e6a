"""Who works here."""

import getpass
import os
from typing import Final

_LONGEST: Final = 128
"""Characters that records keep of it; a shell may set LOGNAME to anything."""


def person() -> str:
    """The user's name; in a container that has no name for its user, its number."""
    try:
        return getpass.getuser()[:_LONGEST]
    except (KeyError, OSError):
        return f"user {os.getuid()}"
