"""Answers of the registry, as rows."""

import sys
import threading
from dataclasses import asdict
from typing import Final

import typer

from fraud_contract.errors import NotInRegistry, UsageError
from fraud_registry.access.account import Account
from fraud_registry.artifacts.fetch import fetch, require_digest
from fraud_registry.artifacts.metadata import MANIFEST_DIGEST, METRICS, QUICK, with_digest
from fraud_registry.artifacts.references import PRODUCTION, ListedRelease, Pin, ReleasePins, parse
from fraud_registry.artifacts.resolve import releases, resolve, resolve_reference, resolve_release
from fraud_registry.publishing.comparison import FIGURES, compare
from fraud_registry.publishing.promote import promote
from fraudctl.flows.release import is_quick
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


def differences(first: str, second: str) -> list[Row]:
    """What differs between two releases and what does not, a row for each property."""
    run = session()
    with run.registry() as registry:
        models = [resolve_release(registry.account, release).model for release in (first, second)]
    return [asdict(each) for each in compare(*models)]


def promote_release(release: str, *, replace_unusable: bool, ask: bool) -> Row:
    """The release that is in production now, once the person has seen the comparison and said yes."""
    run = session()
    with run.registry() as registry:
        pins = resolve_release(registry.account, release)
        former = _replaced(registry.account, pins.model)
        if former is not None:
            _show_comparison(former, pins.model, ask=ask)
        promote(registry.account, pins, replace_unusable=replace_unusable)
    return _row(PRODUCTION, pins)


def _replaced(account: Account, model: Pin) -> Pin | None:
    """The other model in production; None if there is none, or none that can be compared."""
    try:
        there = resolve(account, model.name, PRODUCTION)
    except NotInRegistry:
        return None
    comparable = MANIFEST_DIGEST in there.metadata and there.version != model.version
    return there if comparable else None


def _show_comparison(former: Pin, newcomer: Pin, *, ask: bool) -> None:
    found = compare(former, newcomer)
    for each in found:
        sys.stderr.write(f"{each.what}: {each.first} -> {each.second}\n")
    for each in found:
        if each.warning:
            sys.stderr.write(f"warning: {each.warning}\n")
    sys.stderr.flush()
    if not ask:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"{former.name}:{former.version} is in production, and nobody can be asked here. "
            "Nothing was moved. Look at the comparison, then say --yes."
        )
    typer.confirm(f"Put {newcomer.name}:{newcomer.version} into production?", abort=True, err=True)


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


def _row(alias: str, pins: ReleasePins) -> Row:
    return {
        "alias": alias,
        "model": pins.model.uri,
        "preprocessor": pins.preprocessor.uri,
        "trained": "quickly" if is_quick(pins) else "fully",
    }


def _described(pin: Pin) -> Row:
    return {
        "uri": pin.uri,
        "pin": str(with_digest(pin)),
        "registry_digest": pin.registry_digest,
        "metadata": pin.metadata,
    }
