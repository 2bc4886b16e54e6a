"""The embedded registry of a laptop: `wandb_local` on a data folder, started if it is not running."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from fraud_contract.errors import RegistryError, RegistryUnavailable
from fraud_processes.child import Child
from fraud_processes.errors import ProcessFailed
from fraud_processes.program import Program
from fraud_registry.access.account import DEFAULT_PROJECT, Account
from fraud_registry.access.probe import default_entity

START_DEADLINE: Final = 120.0
"""Seconds: it starts in one or two, on a busy machine in many more, and this is for what hangs."""
_STOP_DEADLINE: Final = 30.0
_ANSWER: Final = 10.0


@contextmanager
def embedded(data: Path, project: str = DEFAULT_PROJECT) -> Iterator[Account]:
    """The account of the embedded registry on the folder `data`, made if needed.

    One that runs already is used and left running; one started here is stopped at the end, and ends by
    itself if this process is killed.

    Raises:
        RegistryUnavailable: it did not start.
    """
    running = _running(data, project)
    if running is not None:
        yield running
        return
    # Not below `data`, which may be what cannot be made. Kept where it does not start: the error names it.
    logs = Path(tempfile.mkdtemp(prefix="wandb_local-"))
    with ExitStack() as stack:
        server = Child.start(_program(data), logs)
        stack.callback(server.stop, _STOP_DEADLINE)
        account = _account(server, data, project)
        stack.callback(shutil.rmtree, logs)
        yield account


def _program(data: Path) -> Program:
    return Program(
        "wandb_local",
        (sys.executable, "-m", "wandb_local", "--data", str(data), "--port", "0", "--exit-with-parent"),
        {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")},
    )


def _account(server: Child, data: Path, project: str) -> Account:
    found: list[Account] = []

    def answers() -> bool:
        account = _running(data, project)  # also another's that won the race to start
        found.extend([account] if account is not None else [])
        return account is not None

    try:
        server.wait_ready(answers, START_DEADLINE)
    except ProcessFailed as error:
        raise RegistryUnavailable(
            f"The embedded registry on {data} did not start: {error.message}. With fraudctl, FRAUDCTL_HOME "
            "chooses another place."
        ) from None
    return found[-1]


def _running(data: Path, project: str) -> Account | None:
    """The account of the server whose address stands in the folder, if it answers and takes the key."""
    try:
        url = json.loads((data / "server.json").read_text())["url"]
        key = (data / "api-key").read_text().strip()
        account = Account(base_url=url, api_key=SecretStr(key), project=project)
        default_entity(account, _ANSWER)
    except (OSError, ValueError, KeyError, TypeError, RegistryError):
        return None  # the file is of a server that was killed; another program may have its port now
    return account
