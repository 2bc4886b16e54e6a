"""The registry's aliases, as a rollout reads and moves them."""

from collections.abc import Mapping
from pathlib import Path

from fraud_contract.errors import NotInRegistry
from fraud_local.person import person
from fraud_local.platform.installation import Installations
from fraud_local.production import LastProduction
from fraud_registry.access.account import Account
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.publishing.promote import promote
from fraud_registry.records.moves import MAX_WHY, Reason
from fraud_registry.references import ReleasePins
from fraud_registry.worker.connection import Connection
from fraud_rollout.core.state.observed import Alias
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.rollout.driver import JUDGED


class RegistryAliases:
    """An `AliasStore` over one account."""

    def __init__(
        self, account: Account, installations: Installations, records: RecordFiles, last: Path
    ) -> None:
        """`last` is where the release in production is remembered, for days without registry."""
        self._account = account
        self._installations = installations
        self._records = records
        self._last = last

    def read(self) -> Mapping[Alias, str]:
        """Digests at `production`; a release that was never installed here has none."""
        try:
            pins = resolve_release(self._account, Alias.PRODUCTION)
        except NotInRegistry:
            return {}
        digests = [each.release.digest for each in self._installations.all() if _is_at(each.release, pins)]
        return {Alias.PRODUCTION: digests[0]} if digests else {}

    def move(self, alias: Alias, release: Release, reason: str) -> None:
        """Move `production`; the registry keeps the former pair at `previous` in the same call."""
        if alias is Alias.PRODUCTION:
            with Connection(self._account) as connection:
                pins = resolve_release(connection, release.model.version)
                promote(connection, pins, self._reason(release, reason))
            LastProduction.remember(pins, self._last)

    def _reason(self, release: Release, reason: str) -> Reason:
        """By the newest rollout of that release: its name, and the digest of its evidence."""
        of_it = [each for each in self._records.all() if release.digest in _digests(each)]
        newest = max(of_it, key=lambda record: record.created, default=None)
        if newest is None:
            return Reason(operation="rollout", by=person(), why=reason[:MAX_WHY])
        why = f"{newest.id}: {reason}"[:MAX_WHY]
        return Reason(operation="rollout", by=person(), why=why, evidence=newest.evidence_digest)


def _digests(record: Record) -> set[str]:
    both = [] if record.id.startswith(JUDGED) else [record.candidate, record.stable]
    return {each.digest for each in both if each is not None}


def _is_at(release: Release, pins: ReleasePins) -> bool:
    return (release.model.version, release.preprocessor.version) == (
        pins.model.version,
        pins.preprocessor.version,
    )
