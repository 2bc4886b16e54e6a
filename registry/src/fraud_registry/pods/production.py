"""`python -m fraud_registry.pods.production CACHE RELEASE COMMAND...`: COMMAND, given a release to serve.

What an image starts with that serves on its own. With a W&B key in the environment the release in
production is fetched into CACHE; without one it is the release that came with the image, in RELEASE, unless
FRAUD_MODEL_DIR and FRAUD_PREPROCESSOR_DIR name others. COMMAND finds the release where these two variables
say. It takes this process's place and never sees the key.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import FraudError, NotInRegistry, SettingsError, UsageError
from fraud_contract.plain_text import plain
from fraud_registry.access.account import API_KEY, Account, configured
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.pods.initializer import exit_code
from fraud_registry.references import PRODUCTION, ReleasePins
from fraud_registry.worker.connection import Connection

MODEL_DIR: Final = "FRAUD_MODEL_DIR"
PREPROCESSOR_DIR: Final = "FRAUD_PREPROCESSOR_DIR"
_FEWEST: Final = 3
"""Arguments."""


def main() -> int:
    """Run it; returns only with the exit code of an error, as `fraud_registry` has them."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the first process of a container ignores them otherwise
        signal.signal(number, _leave)
    try:
        run(sys.argv[1:], os.environ)
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return exit_code(error)


def run(arguments: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Become COMMAND.

    Raises:
        UsageError: no command is given.
        SettingsError: the account is not usable as configured, or both it and the environment name a release.
        RegistryError: W&B refused, went away, took longer than `resolve` and `fetch` wait, or holds no
            release in production.
        ArtifactError: what was received is not what was published.
    """
    if len(arguments) < _FEWEST or arguments[0].startswith("-"):
        raise UsageError("Usage: python -m fraud_registry.pods.production CACHE RELEASE COMMAND...")
    cache, release, *command = arguments
    found = configured(environ)
    if found.unheeded:
        _say(f"warning: {found.unheeded}")
    if found.account is None:
        own = {MODEL_DIR: f"{release}/{PRODUCTION_MODEL}", PREPROCESSOR_DIR: f"{release}/{PREPROCESSOR}"}
        released = {**own, **environ}
        _say("no W&B key in the environment: serving the release that came with this image")
    else:
        _require_unset(environ)
        released = {**environ, **_fetched(found.account, Path(cache))}
    os.execve(command[0], command, _without_account(released))  # noqa: S606 - the image's own command, no shell


def _require_unset(environ: Mapping[str, str]) -> None:
    given = [name for name in (MODEL_DIR, PREPROCESSOR_DIR) if name in environ]
    if given:
        raise SettingsError(
            f"{' and '.join(given)} and a W&B key are given: the release in production would replace them. "
            f"Leave them out, or leave out {API_KEY}."
        )


def _fetched(account: Account, cache: Path) -> dict[str, str]:
    _say(f"asking W&B at {account.host} what is in production in project {account.project}")
    with Connection(account) as connection:
        pins = _in_production(connection)
        folders = {
            MODEL_DIR: str(fetch(connection, pins.model, cache)),
            PREPROCESSOR_DIR: str(fetch(connection, pins.preprocessor, cache)),
        }
    _say(f"serving {pins.model.uri} and {pins.preprocessor.uri}")
    return folders


def _in_production(connection: Connection) -> ReleasePins:
    try:
        return resolve_release(connection, PRODUCTION)
    except NotInRegistry as error:
        raise NotInRegistry(
            f"Nothing is in production: {error.message} Promote a release first (fraudctl registry promote), "
            "or start without a key to serve the release of this image."
        ) from None


def _without_account(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("WANDB_")}


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
