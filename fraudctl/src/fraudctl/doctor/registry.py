"""Looks at the account, the registry and what is in production there."""

from collections.abc import Iterator, Mapping
from typing import Final

from fraud_contract.errors import ArtifactError, FraudError, RegistryError, SettingsError
from fraud_local.registry import Registry, opened
from fraud_local.workspace import Workspace
from fraud_registry.access.account import Configured, configured
from fraud_registry.access.health import clock_difference, is_read_only
from fraud_registry.access.probe import default_entity
from fraudctl.doctor.finding import Finding, Status
from fraudctl.flows.release import in_production, is_quick, named

_LEAST_SKEW: Final = 30
_MOST_SKEW: Final = 900
"""Seconds; beyond, addresses that were signed for an upload count as expired."""


def registry(workspace: Workspace, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Account, registry and production, as far as one gets."""
    try:
        found = configured(environ, workspace.dotenv)
    except SettingsError as error:
        yield Finding("account", Status.FAIL, error.message, f"Mend {workspace.dotenv} or the environment")
        return
    yield _account(found, workspace)
    if found.account is None and not workspace.registry.exists():
        yield Finding("registry", Status.OK, "embedded, still empty; it starts when it is needed")
        return
    try:
        with opened(workspace, environ) as opened_registry:
            yield Finding("registry", Status.OK, _greeted(opened_registry))
            yield _clock(opened_registry)
            yield _storage(opened_registry)
            yield _production(opened_registry)
    except FraudError as error:
        yield Finding("registry", Status.FAIL, error.message, "serve still serves what it served last")


def _account(found: Configured, workspace: Workspace) -> Finding:
    account = found.account
    if account is not None:
        place = f"project {account.project} at {account.base_url}, key from {found.source}"
        return Finding("account", Status.OK, place)
    embedded = f"none, so the embedded registry in {workspace.registry}"
    if found.unheeded:
        return Finding("account", Status.WARN, embedded, found.unheeded)
    return Finding("account", Status.OK, embedded)


def _greeted(found: Registry) -> str:
    return f"{found}, entity {default_entity(found.account)}"


def _clock(found: Registry) -> Finding:
    ahead = clock_difference(found.account)
    if ahead is None:
        return Finding("clock", Status.OK, "the registry shows no time to compare with")
    seconds = round(ahead.total_seconds())
    if abs(seconds) <= _LEAST_SKEW:
        return Finding("clock", Status.OK, f"within {_LEAST_SKEW} s of the registry's")
    status = Status.FAIL if abs(seconds) >= _MOST_SKEW else Status.WARN
    direction = "ahead of" if seconds > 0 else "behind"
    return Finding(
        "clock",
        status,
        f"this machine's is {abs(seconds):,} s {direction} the registry's",
        "Set the clock (timedatectl set-ntp true): certificates and signed addresses have times",
    )


def _storage(found: Registry) -> Finding:
    project = found.account.project
    answer = is_read_only(found.account)
    if answer is None:
        return Finding("storage", Status.OK, f"project {project} is made by what is published first")
    if answer:
        return Finding(
            "storage",
            Status.FAIL,
            f"project {project} is read only: its quota is used up, or it was archived",
            "Remove old versions and runs in W&B, have the quota raised, or set another WANDB_PROJECT",
        )
    return Finding("storage", Status.OK, f"project {project} takes writes")


def _production(found: Registry) -> Finding:
    try:
        pins = in_production(found.account)
    except (RegistryError, ArtifactError) as error:
        return Finding("production", Status.WARN, error.message, "fraudctl registry list shows what there is")
    if pins is None:
        return Finding("production", Status.WARN, "nothing yet", "fraudctl serve trains a release first")
    if is_quick(pins):
        return Finding(
            "production", Status.WARN, f"{named(pins)}, quickly trained", "For a better one: fraudctl train"
        )
    return Finding("production", Status.OK, named(pins))
