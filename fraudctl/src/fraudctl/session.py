"""What a command starts with: its workspace, its stages on standard error, and where to listen."""

import os
from collections.abc import Mapping
from typing import Final

from rich.console import Console

from fraud_contract.errors import SettingsError, UsageError
from fraud_local.endpoint import Endpoint, Listening
from fraud_local.workspace import Workspace
from fraudctl.run import Run
from fraudctl.stages import Stages

HOST: Final = ("FRAUDCTL_HOST", "FRAUD_HOST")
PORT: Final = ("FRAUDCTL_PORT", "FRAUD_HTTP_PORT")
"""Variables that mean the same: one of `fraudctl`, one of the service that it starts."""
_BASE_URL: Final = "BASE_URL"


def session() -> Run:
    """The run of the command that the process was started for."""
    return Run(Workspace.find(os.environ), dict(os.environ), Stages(Console(stderr=True)))


def listening(host: str, http: int, grpc: int | None, admin: int | None) -> Listening:
    """Where the options and the environment want the service to listen.

    Raises:
        SettingsError: two variables that mean the same differ.
    """
    for ours, services in (HOST, PORT):
        given = {os.environ[name] for name in (ours, services) if os.environ.get(name)}
        if len(given) > 1:
            raise SettingsError(f"{ours} and {services} differ. Leave one of them out.")
    return Listening(host, http, grpc, admin)


def require_unset(because: str, grpc: int | None, admin: int | None) -> None:
    """Raise `UsageError` if a port was chosen that Envoy does not open; `because` says why."""
    given = {"--grpc-port (FRAUD_GRPC_PORT)": grpc, "--admin-port (FRAUD_ADMIN_PORT)": admin}
    chosen = [name for name, number in given.items() if number is not None]
    if chosen:
        raise UsageError(f"{', '.join(chosen)} cannot be honoured: {because}. Leave it out.")


def simulated_service(environ: Mapping[str, str]) -> Mapping[str, str]:
    """`environ` with a BASE_URL where `demo` and `serve` would listen, unless it has one."""
    host, port = (next((environ[name] for name in names if environ.get(name)), "") for names in (HOST, PORT))
    if environ.get(_BASE_URL) or not (host or port):
        return environ
    default = Listening()
    endpoint = Endpoint(host or default.host, int(port) if port.isdecimal() else default.http, 0, 0)
    return {**environ, _BASE_URL: endpoint.url}
