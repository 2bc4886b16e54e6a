"""Rollouts that ended, into the registry: each once, whenever it answers."""

from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.errors import NotInRegistry, UnusableInRegistry
from fraud_local.registry import Registry
from fraud_local.workspace import Workspace
from fraud_registry.artifacts.references import ReleasePins
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.publishing.rollouts import log_rollout
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.report.process import write_report
from fraudctl.flows.rollout.driver import Rollouts


def log_ended(
    registry: Registry, rollouts: Rollouts, workspace: Workspace, signer: SigningKey | None
) -> None:
    """Log every ended rollout that is not in the registry yet, its record signed if there is a `signer`.

    Raises:
        RegistryError: it refused or went away; those that are left are logged by a later call.
        ReportFailed: a report could not be made.
    """
    for record in rollouts.all():
        marker = workspace.rollouts / f"{record.id}.run"
        if record.phase in ENDS and not marker.exists():
            marker.write_text(f"{_logged(registry, rollouts, workspace, record, signer)}\n")


def _logged(
    registry: Registry, rollouts: Rollouts, workspace: Workspace, record: Record, signer: SigningKey | None
) -> str:
    path = rollouts.records.path(record.id)
    signature = (signer.sign(path),) if signer else ()
    both = [release for release in (record.stable, record.candidate) if release is not None]
    pins = [found for release in both if (found := _pins(registry, release)) is not None]
    candidate = pins[-1].model if record.rejected and len(pins) == len(both) else None
    logged = log_rollout(
        registry.account,
        record.id,
        pins,
        (path, write_report(workspace.rollouts, record.id), *signature),
        {
            "phase": str(record.phase),
            "reason": record.reason,
            "stable": record.stable.name if record.stable else "",
            "candidate": record.candidate.name,
            "evidence": record.evidence_digest,
        },
        rejected=candidate,
    )
    return logged.run_url


def _pins(registry: Registry, release: Release) -> ReleasePins | None:
    try:
        return resolve_release(registry.account, release.model.version)
    except (NotInRegistry, UnusableInRegistry):  # its run has no lineage to it, then
        return None
