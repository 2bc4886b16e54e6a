"""Rollouts that ended, into the registry: each once, whenever it answers."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.errors import NotInRegistry, PairMismatch, UnusableInRegistry
from fraud_local.registry import Registry
from fraud_local.workspace import Workspace
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.publishing.rollouts import log_rollout
from fraud_registry.references import ReleasePins
from fraud_registry.worker.connection import Connection
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.report.process import write_report
from fraudctl.flows.rollout.driver import Rollouts


@dataclass
class RolloutRuns:
    """The runs of a workspace's rollouts; a file beside each record says that its run is there."""

    registry: Registry
    rollouts: Rollouts
    workspace: Workspace
    signer: SigningKey | None = None
    """Signs the records."""
    pins: dict[str, ReleasePins] = field(default_factory=dict)
    """Releases that were resolved before, by version of the model."""

    def log_ended(self) -> None:
        """Log every ended rollout that is not in the registry yet.

        Raises:
            RegistryError: it refused or went away; those that are left are logged by a later call.
            ReportFailed: a report could not be made.
            OSError: it could not be written down that a run is there; it is logged again then.
        """
        with Connection(self.registry.account) as connection:
            for record in self.rollouts.all():
                if record.phase in ENDS and not self._marker(record.id).exists():
                    self._marker(record.id).write_text(f"{self._logged(record, connection)}\n")

    def url(self, record_id: str) -> str:
        """Where the run of a rollout is; empty if it is not in the registry yet."""
        marker = self._marker(record_id)
        return marker.read_text().strip() if marker.exists() else ""

    def _marker(self, record_id: str) -> Path:
        return self.workspace.rollouts / f"{record_id}.run"

    def _logged(self, record: Record, connection: Connection) -> str:
        both = [release for release in (record.stable, record.candidate) if release is not None]
        pins = [found for release in both if (found := self._pins(release, connection)) is not None]
        candidate = pins[-1].model if record.rejected and len(pins) == len(both) else None
        path = self.rollouts.records.path(record.id)
        summary = {
            "phase": str(record.phase),
            "reason": record.reason,
            "stable": record.stable.name if record.stable else "",
            "candidate": record.candidate.name,
            "evidence": record.evidence_digest,
        }
        report = self._report(record, path)
        with TemporaryDirectory(prefix="fraud-rollout-") as scratch:
            # What is signed is what is uploaded, though the record may be written again meanwhile.
            kept = Path(shutil.copyfile(path, Path(scratch) / path.name))
            signature = (self.signer.sign(kept),) if self.signer else ()
            files = (kept, report, *signature)
            logged = log_rollout(connection, record.id, pins, files, summary, rejected=candidate)
        return logged.run_url

    def _report(self, record: Record, path: Path) -> Path:
        """The report of the record as it is now."""
        report = path.with_suffix(".html")
        if report.exists() and report.stat().st_mtime >= path.stat().st_mtime:
            return report
        return write_report(self.workspace.rollouts, record.id)

    def _pins(self, release: Release, connection: Connection) -> ReleasePins | None:
        version = release.model.version
        if version not in self.pins:
            try:
                self.pins[version] = resolve_release(connection, version)
            except (NotInRegistry, UnusableInRegistry, PairMismatch):  # its run has no lineage to it, then
                return None
        return self.pins[version]
