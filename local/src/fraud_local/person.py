"""Who works here."""

import getpass
import os


def person() -> str:
    """The user's name; in a container that has no name for its user, its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
