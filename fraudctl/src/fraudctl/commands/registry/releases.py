"""Answers of the registry, as rows."""

import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fraud_contract.artifacts.loading import UNREGISTERED
from fraud_contract.errors import NotInRegistry
from fraud_local.serving import ServedHere, served_here
from fraud_registry.artifacts.cache import seal_of
from fraud_registry.artifacts.fetch import fetch, require_digest
from fraud_registry.artifacts.listing import releases
from fraud_registry.artifacts.resolve import resolve_reference
from fraud_registry.publishing.comparison import FIGURES
from fraud_registry.records.metadata import (
    FAILED_GATES,
    METRICS,
    TYPES,
    digest_of,
    not_ours,
    section_of,
    trained_of,
    with_digest,
)
from fraud_registry.references import ListedRelease, Pin, parse
from fraud_registry.worker.connection import Connection
from fraudctl.output import Row
from fraudctl.session import session

_SHOWN: Final = 12
"""Hex digits of a digest."""


def listed(limit: int) -> list[Row]:
    """The newest releases, with figures. Raises `NotInRegistry` if there is none."""
    run = session()
    with run.registry() as registry:
        found = releases(registry.account, limit)
    if not found:
        raise NotInRegistry(f"Nothing is published in the {registry}. Start with: fraudctl train")
    served = served_here(run.workspace)
    for each in served:
        if not any(_is_served(release.model, each) for release in found):
            run.stages.warn(
                f"{each.api} serves {each.release}, model {each.version} ({each.digest[:_SHOWN]}), "
                "which is not listed."
            )
    return [row_of(each, served) for each in found]


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
    with run.registry() as registry, Connection(registry.account) as connection:
        pin = resolve_reference(connection, reference)
        folder = fetch(connection, pin, run.workspace.cache)
        require_digest(parse(reference), seal_of(folder))
        return {"uri": pin.uri, "folder": str(folder)}


def row_of(release: ListedRelease, served: Sequence[ServedHere]) -> Row:
    """What people choose a release by, and where it is served here."""
    figures = section_of(release.model, METRICS)
    return {
        "version": release.model.version,
        "aliases": " ".join(release.aliases),
        "serving": " ".join(each.api for each in served if _is_served(release.model, each)),
        "date": release.created_at,
        "trained": _effort(release),
        **{name: figures.get(name) for name in FIGURES},
        "gates": _gates(release.model.metadata),
        "digest": digest_of(release.model)[:_SHOWN],
        "preprocessor": release.preprocessor,
        "problem": release.problem,
    }


def _effort(release: ListedRelease) -> str:
    if release.problem:
        return "unusable"
    return trained_of(release.model.metadata)


def _is_served(model: Pin, served: ServedHere) -> bool:
    """Whether it is the version that is served: other versions may have the same content."""
    return digest_of(model) == served.digest and served.version in {model.version, UNREGISTERED}


def _gates(metadata: Mapping[str, Any]) -> str:
    """Which quality gates it fell short of, in a word where it was not held to any."""
    failed = metadata.get(FAILED_GATES)
    if failed:
        return f"failed: {'; '.join(map(str, failed)) if isinstance(failed, list) else failed}"
    if failed is None or trained_of(metadata) == "elsewhere":
        return "not known"
    return "passed"


def _described(pin: Pin) -> Row:
    return {
        "uri": pin.uri,
        "pin": str(with_digest(pin)),
        "registry_digest": pin.registry_digest,
        "metadata": pin.metadata,
        **_problem(pin),
    }


def _problem(pin: Pin) -> Row:
    """What an artifact of one of our names is that other software logged."""
    if pin.name not in TYPES or digest_of(pin):
        return {}
    return {"problem": not_ours(pin.uri, ()).message}
