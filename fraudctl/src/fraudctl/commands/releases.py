"""Answers of the registry, as rows."""

import sys
import threading
from typing import Final

from fraud_contract.errors import NotInRegistry
from fraud_local.registry import opened
from fraud_registry.account import Account
from fraud_registry.fetch import fetch
from fraud_registry.promote import promote
from fraud_registry.references import Pin, ReleasePins
from fraud_registry.resolve import resolve_reference, resolve_release
from fraudctl.flows.release import CANDIDATE, PRODUCTION, is_quick
from fraudctl.output import Row
from fraudctl.session import session

_ALIASES: Final = (PRODUCTION, "previous", CANDIDATE)


def releases() -> list[Row]:
    """The releases at the aliases that mean something. Raises `NotInRegistry` if there is none."""
    run = session()
    with opened(run.workspace, run.environ) as registry:
        rows = [_row(alias, pins) for alias in _ALIASES if (pins := _at(registry.account, alias))]
    if not rows:
        raise NotInRegistry(f"Nothing is published in the {registry}. Start with: fraudctl train")
    return rows


def stay_open() -> None:
    """Print the registry's address; keep an embedded one running until Ctrl-C."""
    run = session()
    with opened(run.workspace, run.environ) as registry:
        sys.stdout.write(f"{registry.account.base_url}\n")
        sys.stdout.flush()
        if registry.key_file:
            sys.stderr.write(f"Any user name; password: {registry.key_file}. Running until Ctrl-C.\n")
            threading.Event().wait()


def artifact(reference: str) -> Row:
    """One artifact, pinned."""
    run = session()
    with opened(run.workspace, run.environ) as registry:
        return _described(resolve_reference(registry.account, reference))


def fetch_artifact(reference: str) -> Row:
    """One artifact on this disk."""
    run = session()
    with opened(run.workspace, run.environ) as registry:
        pin = resolve_reference(registry.account, reference)
        return {"uri": pin.uri, "folder": str(fetch(registry.account, pin, run.workspace.cache))}


def promote_release(release: str) -> Row:
    """The release that is in production now."""
    run = session()
    with opened(run.workspace, run.environ) as registry:
        pins = resolve_release(registry.account, release)
        promote(registry.account, pins)
    return _row(PRODUCTION, pins)


def _at(account: Account, alias: str) -> ReleasePins | None:
    try:
        return resolve_release(account, alias)
    except NotInRegistry:
        return None


def _row(alias: str, pins: ReleasePins) -> Row:
    return {
        "alias": alias,
        "model": pins.model.uri,
        "preprocessor": pins.preprocessor.uri,
        "trained": "quickly" if is_quick(pins) else "fully",
    }


def _described(pin: Pin) -> Row:
    return {"uri": pin.uri, "registry_digest": pin.registry_digest, "metadata": pin.metadata}
