"""Answers of the registry, as rows."""

import sys
import threading
from collections.abc import Mapping
from typing import Final

from fraud_contract.errors import NotInRegistry
from fraud_local.serving import ServedHere, served_here
from fraud_registry.artifacts.cache import seal_of
from fraud_registry.artifacts.fetch import fetch, require_digest
from fraud_registry.artifacts.listing import releases
from fraud_registry.artifacts.resolve import resolve_reference
from fraud_registry.publishing.comparison import FIGURES
from fraud_registry.records.metadata import (
    METRICS,
    TYPES,
    digest_of,
    not_ours,
    section_of,
    trained_of,
    with_digest,
)
from fraud_registry.references import ListedRelease, Pin, parse
from fraudctl.output import Row
from fraudctl.session import session

_SHOWN: Final = 12
"""Hex digits of a digest."""


def listed(limit: int) -> list[Row]:
    """The newest releases, with figures. Raises `NotInRegistry` if there is none."""
    run = session()
    with run.registry() as registry:
        found = releases(registry.account, limit)
    served = {each.digest: each for each in served_here(run.workspace)}
    rows = [_listed(each, served) for each in found]
    if not rows:
        raise NotInRegistry(f"Nothing is published in the {registry}. Start with: fraudctl train")
    unlisted = served.keys() - {digest_of(each.model) for each in found}
    for each in (served[digest] for digest in sorted(unlisted)):
        run.stages.warn(
            f"{each.api} serves {each.release}, model {each.digest[:_SHOWN]}, which is not listed."
        )
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
        require_digest(parse(reference), seal_of(folder))
        return {"uri": pin.uri, "folder": str(folder)}


def _listed(release: ListedRelease, served: Mapping[str, ServedHere]) -> Row:
    figures, digest = section_of(release.model, METRICS), digest_of(release.model)
    serving = served.get(digest)
    return {
        "version": release.model.version,
        "aliases": " ".join(release.aliases),
        "serving": serving.api if serving else "",
        "date": release.created_at,
        "trained": _effort(release),
        **{name: figures.get(name) for name in FIGURES},
        "digest": digest[:_SHOWN],
        "preprocessor": release.preprocessor,
        "problem": release.problem,
    }


def _effort(release: ListedRelease) -> str:
    if release.problem:
        return "unusable"
    return trained_of(release.model.metadata)


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
