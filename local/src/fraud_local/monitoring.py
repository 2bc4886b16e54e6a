"""The monitor beside what runs on this machine: a process that ends with the one that started it."""

import hashlib
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fraud_contract.errors import FraudError
from fraud_contract.plain_text import plain
from fraud_contract.settings import is_setting
from fraud_local.endpoint import LOOPBACK, Endpoint
from fraud_local.folders import Folders
from fraud_local.registry import opened
from fraud_local.workspace import Workspace
from fraud_monitor.process import run_until_ended
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.targets import Target, Targets
from fraud_processes.child import Child
from fraud_processes.ports import preferred
from fraud_processes.program import Program, start_detached
from fraud_registry.access.account import Account

ADMIN_TOKEN: Final = "FRAUD_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
_OURS: Final = frozenset({"FRAUD_MONITOR_TARGETS", "FRAUD_MONITOR_FOLDER", ADMIN_TOKEN})
"""Settings of the monitor that are not the caller's."""
_PORT: Final = "FRAUD_MONITOR_PORT"
_GRACE: Final = 25.0
"""Seconds for the last delivery."""


def monitor_variables() -> frozenset[str]:
    """The variables that set up the monitor of `fraudctl serve` and `demo`."""
    return MonitorSettings.variables() - _OURS


def read_monitor_settings(environ: Mapping[str, str], workspace: Workspace) -> MonitorSettings:
    """Settings of the monitor of this workspace, as far as `environ` has any.

    Raises:
        SettingsError: one has an impossible value.
    """
    return MonitorSettings.read(_environ(environ, workspace))


def watch_targets(workspace: Workspace, targets: Sequence[Target]) -> None:
    """Have the monitor of this workspace watch these releases, and no others."""
    workspace.monitor.mkdir(parents=True, exist_ok=True)
    Targets(releases=tuple(targets)).write_atomically(workspace.monitor / "targets.json")


def target_of(
    release: str, folders: Folders, endpoint: Endpoint, predictor_http: int | None = None
) -> Target:
    """The release at this endpoint, whose predictor is another process where it has a port."""
    return Target(
        release=release,
        admin=f"http://{endpoint.reached}:{endpoint.admin}",
        predictor=None if predictor_http is None else f"http://{LOOPBACK}:{predictor_http}",
        api=f"{endpoint.scheme}://{endpoint.reached}:{endpoint.http}",
        model=str(folders.model),
        preprocessor=str(folders.preprocessor),
    )


def start_monitor(environ: Mapping[str, str], workspace: Workspace, token: str) -> None:
    """Start the monitor unless it is off; it ends with this process, whatever program that becomes.

    Its output goes to a log of its own. Raises as `read_monitor_settings`.
    """
    program = _program(environ, workspace, token)
    if program is not None:
        # It looks itself whether this process lives, and has time then to write its last window.
        start_detached(program, workspace.logs / f"{program.name}.log")


@contextmanager
def monitored(environ: Mapping[str, str], workspace: Workspace, token: str) -> Iterator[Callable[[], None]]:
    """A monitor, unless it is off, for as long as the block lasts, which then waits for its last delivery.

    What is given asks it to end: call it before the releases end, so that it sees their last counters, and
    need not be waited for alone. Raises as `read_monitor_settings`.
    """
    program = _program(environ, workspace, token)
    if program is None:
        yield lambda: None
        return
    watch_targets(workspace, ())  # not those of an earlier run
    child = Child.start(program, workspace.logs)

    def end() -> None:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)

    try:
        yield end
    finally:
        child.stop(_GRACE)


def _program(environ: Mapping[str, str], workspace: Workspace, token: str) -> Program | None:
    settings = read_monitor_settings(environ, workspace)
    if settings.monitor == "off":
        return None
    given = {
        _PORT: str(preferred(settings.monitor_port, settings.monitor_host)),
        **_environ(environ, workspace),
        ADMIN_TOKEN: token,
        "PYTHONUNBUFFERED": "1",
    }
    rest = {name: value for name, value in environ.items() if not is_setting(name)}
    command = (sys.executable, "-m", "fraud_local.monitoring", str(workspace.root), str(os.getpid()))
    return Program("monitor", command, rest | given)


def _environ(environ: Mapping[str, str], workspace: Workspace) -> dict[str, str]:
    known = monitor_variables()
    given = {name.upper(): value for name, value in environ.items() if name.upper() in known}
    return {"FRAUD_MONITOR_INSTALLATION": _installation(workspace)} | given | {
        "FRAUD_MONITOR_TARGETS": str(workspace.monitor / "targets.json"),
        "FRAUD_MONITOR_FOLDER": str(workspace.monitor),
    }  # fmt: skip


def _installation(workspace: Workspace) -> str:
    """A name for this folder on this machine, that says nothing of either."""
    place = f"{platform.node()}:{workspace.root}".encode()
    return f"local-{hashlib.sha256(place).hexdigest()[:6]}"


def main(root: str, parent: str) -> int:
    """Watch the releases of the workspace at `root` for as long as the process `parent` lives."""
    workspace = Workspace(Path(root))
    account_environ = dict(os.environ)

    @contextmanager
    def account() -> Iterator[Account]:
        with opened(workspace, account_environ) as registry:
            yield registry.account

    try:
        run_until_ended(MonitorSettings.read(), account, int(parent))
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
