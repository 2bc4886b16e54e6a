"""Answers of the registry, as rows."""

import sys
import threading
from typing import Final

from fraud_contract.errors import NotInRegistry
from fraud_registry.artifacts.fetch import fetch, require_digest
from fraud_registry.artifacts.metadata import MANIFEST_DIGEST, METRICS, QUICK, with_digest
from fraud_registry.artifacts.resolve import releases, resolve_reference
from fraud_registry.publishing.comparison import FIGURES
from fraud_registry.references import ListedRelease, Pin, parse
from fraudctl.output import Row
from fraudctl.session import session

_SHOWN: Final = 12
"""Hex digits of a digest."""


def listed(limit: int) -> list[Row]:
    """The newest releases, with figures. Raises `NotInRegistry` if there is none."""
    run = session()
    with run.registry() as registry:
        rows = [_listed(each) for each in releases(registry.account, limit)]
    if not rows:
        raise NotInRegistry(f"Nothing is published in the {registry}. Start with: fraudctl train")
    return rows


def stay_open() -> None:
    """Print the registry's address; keep an embedded one running until Ctrl-C."""
    run = session()
    with run.registry() as registry:
        sys.stdout.write(f"{registry.account.base_url}\n")
        sys.stdout.flush()
        if registry.key_file:
            sys.stderr.write(f"Any user name; password: {registry.key_file}. Running until Ctrl-C.\n")
            threading.Event().wait()


def artifact(reference: str) -> Row:
    """One artifact, pinned."""
    run = session()
    with run.registry() as registry:
        return _described(resolve_reference(registry.account, reference))


def fetch_artifact(reference: str) -> Row:
    """One artifact on this disk."""
    run = session()
    with run.registry() as registry:
        pin = resolve_reference(registry.account, reference)
        folder = fetch(registry.account, pin, run.workspace.cache)
        require_digest(parse(reference), folder.name)
        return {"uri": pin.uri, "folder": str(folder)}


def _listed(release: ListedRelease) -> Row:
    metadata = release.model.metadata
    figures = metadata.get(METRICS) or {}
    return {
        "version": release.model.version,
        "aliases": " ".join(release.aliases),
        "date": release.created_at,
        "trained": _effort(release),
        **{name: figures.get(name) for name in FIGURES},
        "digest": str(metadata.get(MANIFEST_DIGEST, ""))[:_SHOWN],
        "preprocessor": release.preprocessor,
        "problem": release.problem,
    }


def _effort(release: ListedRelease) -> str:
    if release.problem:
        return "unusable"
    return "quickly" if release.model.metadata.get(QUICK) else "fully"


def _described(pin: Pin) -> Row:
    return {
        "uri": pin.uri,
        "pin": str(with_digest(pin)),
        "registry_digest": pin.registry_digest,
        "metadata": pin.metadata,
    }
