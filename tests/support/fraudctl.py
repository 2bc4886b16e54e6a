"""`fraudctl` as a program, in a workspace of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

DEAD_PROXY: Final = {
    **dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"
    ),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
}
"""A shell whose proxy leads nowhere: whatever goes through it fails."""
FRAUDCTL: Final = Path(sys.executable).with_name("fraudctl")
ROOT: Final = Path(__file__).parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment for a workspace at `home`, without any account of the machine's owner."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "FRAUD"))
    }
    own = {"FRAUDCTL_HOME": str(home), "NETRC": str(home / "netrc"), "FRAUD_MONITOR": "off"}
    return inherited | own | more


def fraudctl(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What it answers."""
    return subprocess.run(
        [FRAUDCTL, *arguments],
        capture_output=True,
        text=True,
        env=environment(home, **more),
        check=False,
        timeout=600,
    )


def started(home: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """The running process."""
    return subprocess.Popen(
        [FRAUDCTL, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, **more),
        start_new_session=True,
    )


def processes_of(home: Path) -> list[str]:
    """Command lines of all running processes whose environment or arguments name `home`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(home).encode() in environ + command and int(process.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode())
    return found
