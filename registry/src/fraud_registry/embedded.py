"""The embedded registry of a laptop: `wandb_local` on a data folder, started if it is not running."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from pydantic import SecretStr

from fraud_contract.errors import RegistryError, RegistryUnavailable
from fraud_registry.access.account import DEFAULT_PROJECT, Account
from fraud_registry.access.probe import default_entity

START_DEADLINE: Final = 120.0
"""Seconds: it starts in one or two, on a busy machine in many more, and this is for what hangs."""
_STOP_DEADLINE: Final = 30.0
_INTERVAL: Final = 0.05
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
    with tempfile.TemporaryFile("w+") as errors, _started(data, errors) as process:
        yield _await(process, data, project, errors)


@contextmanager
def _started(data: Path, errors: IO[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "wandb_local", "--data", str(data), "--port", "0", "--exit-with-parent"],
        stdin=subprocess.PIPE,  # its end is the server's end, also when we are killed
        stdout=errors,
        stderr=errors,
        env={name: value for name, value in os.environ.items() if not name.startswith("WANDB_")},
        start_new_session=True,  # Ctrl-C in a terminal reaches us alone, and we still need it then
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_DEADLINE)
            finally:
                process.kill()


def _await(process: subprocess.Popen[bytes], data: Path, project: str, errors: IO[str]) -> Account:
    end = time.monotonic() + START_DEADLINE
    while time.monotonic() < end:
        ended = process.poll() is not None
        account = _running(data, project)  # also another's that won the race to start
        if account is not None:
            return account
        if ended:
            raise RegistryUnavailable(f"The embedded registry on {data} did not start: {_last_line(errors)}")
        time.sleep(_INTERVAL)
    raise RegistryUnavailable(
        f"The embedded registry on {data} did not start within {START_DEADLINE:g} s: {_last_line(errors)}"
    )


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


def _last_line(errors: IO[str]) -> str:
    errors.seek(0)
    lines = errors.read().strip().splitlines()
    return lines[-1] if lines else "it said nothing."
