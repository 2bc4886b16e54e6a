"""A process that can reach no network, sees no other process, and takes all that it started with it.

By Linux namespaces, which `unshare` of util-linux makes for any user where the system allows it: the network
has no way out, not even to this machine; and the process is the first of its own, so that with its end the
kernel ends whatever it forked, however often.
"""

import subprocess
from typing import Final

UNSHARE: Final = (
    *("unshare", "--user", "--map-current-user"),
    *("--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
_DEADLINE: Final = 20.0


def isolating() -> tuple[str, ...]:
    """What a command line begins with to be isolated; nothing where the system does not allow it."""
    try:
        tried = subprocess.run(  # noqa: S603 - no shell, our own arguments
            [*UNSHARE, "true"], capture_output=True, timeout=_DEADLINE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return UNSHARE if tried.returncode == 0 else ()
