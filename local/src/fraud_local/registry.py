"""The registry of this workspace: the account that is configured, else the embedded server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fraud_local.workspace import Workspace
from fraud_registry.access.account import Account, configured
from fraud_registry.embedded import embedded


@dataclass(frozen=True)
class Registry:
    """An open registry."""

    account: Account
    key_file: Path | None = None
    """Of an embedded registry: the password of its pages."""
    unheeded: str = ""
    """What was found of another account, and why it is not used; empty if nothing was."""

    def __str__(self) -> str:
        kind = "embedded registry" if self.key_file else "W&B"
        return f"{kind} at {self.account.base_url}, project {self.account.project}"


@contextmanager
def opened(workspace: Workspace, environ: Mapping[str, str]) -> Iterator[Registry]:
    """The registry to use; an embedded one that was started for it is stopped at the end.

    Raises:
        SettingsError: the account is not usable as configured.
        RegistryUnavailable: the embedded server did not start.
    """
    found = configured(environ, workspace.dotenv)
    if found.account is not None:
        yield Registry(found.account)
        return
    with embedded(workspace.registry) as local:
        yield Registry(local, workspace.registry / "api-key", found.unheeded)
