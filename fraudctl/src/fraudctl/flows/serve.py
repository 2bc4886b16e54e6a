"""`fraudctl serve`: what is in production, in one process, as the all-in-one image runs it."""

import os
import sys
from secrets import token_urlsafe
from typing import Final, NoReturn

from fraud_contract.errors import NotInRegistry, RegistryUnavailable
from fraud_local.endpoint import Endpoint, Listening
from fraud_local.environment import release_name, require_standalone_settings, standalone_environ
from fraud_local.folders import Folders
from fraud_local.lock import only_one
from fraud_local.monitoring import (
    ADMIN_TOKEN,
    read_monitor_settings,
    start_monitor,
    target_of,
    watch_targets,
)
from fraud_local.production import LastProduction
from fraud_local.registry import Registry
from fraud_registry.access.account import Account
from fraud_registry.artifacts.trust import TRUSTED_KEYS, trusted_keys
from fraud_registry.worker.connection import Connection
from fraud_training.plan.effort import Effort
from fraudctl.flows.release import (
    fetch_release,
    in_production,
    is_quick,
    named,
    open_registry,
    output_folder,
    promote_release,
    publish_candidate,
    require_trusted,
    train_release,
)
from fraudctl.run import Run

COMMAND: Final = "fraudctl serve"
_SERVICE: Final = (sys.executable, "-m", "fraud_standalone")


def serve(run: Run, listening: Listening) -> NoReturn:
    """Become the process that serves what is in production; train and promote a release first if nothing is.

    Raises:
        SettingsError: a `FRAUD_*` cannot be honoured; nothing was started.
        AlreadyRunning: another run works in this workspace.
        PortInUse: nothing was started.
        RegistryUnavailable: the registry is away, and nothing that was served before is in the cache.
    """
    settings = require_standalone_settings(run.environ)
    read_monitor_settings(run.environ, run.workspace)
    with only_one(run.workspace.lock, COMMAND):
        listening.require_free()
        folders = _production(run)
        endpoint = Endpoint.choose(listening, "https" if settings.tls_cert else "http")
        environ = standalone_environ(run.environ, folders, endpoint)
        environ.setdefault(ADMIN_TOKEN, token_urlsafe(24))  # opens recent decisions to the monitor alone
        watch_targets(run.workspace, [target_of(release_name(settings, folders), folders, endpoint)])
        start_monitor(run.environ, run.workspace, environ[ADMIN_TOKEN])
        run.stages.note(f"starting on {endpoint}; Ctrl-C stops it")
        sys.stdout.flush()
        sys.stderr.flush()
        # No supervisor is left behind: signals reach the service itself, as in a container. The lock stays.
        os.execve(_SERVICE[0], _SERVICE, environ)  # noqa: S606 - our own command


def _production(run: Run) -> Folders:
    try:
        with open_registry(run) as registry:
            return _fetched(registry.account, run)
    except RegistryUnavailable as away:
        return _remembered(run, away)


def production_folders(registry: Registry, run: Run) -> Folders:
    """What is in production; trained and promoted first if nothing is, remembered where the registry is away.

    Raises:
        RegistryUnavailable: it is away, and nothing that was served before is in the cache.
    """
    try:
        return _fetched(registry.account, run)
    except RegistryUnavailable as away:
        return _remembered(run, away)


def _fetched(account: Account, run: Run) -> Folders:
    with Connection(account) as connection:
        pins = in_production(connection)
        if pins is None:
            return _trained(connection, run)
        if is_quick(pins):
            run.stages.note("quickly trained by a demo; `fraudctl train` and `publish` make a better one")
        return fetch_release(connection, pins, run)


def _trained(connection: Connection, run: Run) -> Folders:
    if trusted_keys(run.environ) is not None:
        raise NotInRegistry(
            f"Nothing is in production, and a release trained here would be unsigned, which {TRUSTED_KEYS} "
            "refuses. Train one, `fraudctl publish --sign-with KEY`, `fraudctl registry promote`."
        )
    run.stages.note("nothing is in production yet, so a release is trained first")
    trained = train_release(Effort.FULL, output_folder(run.workspace), run)
    published = publish_candidate(connection, trained.folder, run)
    promote_release(connection, published, "nothing was in production", run)
    return fetch_release(connection, published, run)


def _remembered(run: Run, away: RegistryUnavailable) -> Folders:
    last = LastProduction.recall(run.workspace.production)
    folders = last.cached(run.workspace.cache) if last else None
    if last is None or folders is None:
        raise away
    require_trusted(folders, run)
    run.stages.warn(f"{away.message} Serving what was in production last: {named(last.pins)}.")
    return folders
