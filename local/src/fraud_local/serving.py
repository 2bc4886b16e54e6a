"""Which releases the running `demo` or `serve` of this workspace serves."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from fraud_contract.direct import opener_for
from fraud_contract.errors import ArtifactError
from fraud_local.workspace import Workspace
from fraud_monitor.sources.targets import Targets

_TIMEOUT: Final = 2.0
"""Seconds for an answer of a process on this machine."""
_MOST: Final = 1 << 16


@dataclass(frozen=True)
class ServedHere:
    """A release that answers on this machine."""

    release: str
    api: str
    version: str
    """Of its model in the registry, `vN`; another word where it did not come from one."""
    digest: str
    """SHA-256 of the manifest of its model."""


def served_here(workspace: Workspace) -> tuple[ServedHere, ...]:
    """What answers at the addresses where it was served last; none where nothing does."""
    try:
        targets = Targets.read(workspace.monitor / "targets.json")
    except ArtifactError:
        return ()  # nothing was served yet
    return tuple(_answering(targets))


def _answering(targets: Targets) -> Iterator[ServedHere]:
    for target in targets.releases:
        with suppress(OSError, HTTPException, ValueError, KeyError, TypeError):  # not ready
            with opener_for(target.api).open(f"{target.api}/health", timeout=_TIMEOUT) as answer:
                health = json.loads(answer.read(_MOST))
            model = health["model"]
            yield ServedHere(target.release, target.api, str(model["version"]), str(model["digest"]))
