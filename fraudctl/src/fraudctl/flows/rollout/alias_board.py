"""The registry's aliases, as a rollout reads and moves them."""

from collections.abc import Mapping
from pathlib import Path

from fraud_contract.errors import NotInRegistry
from fraud_local.platform.installation import Installations
from fraud_local.production import LastProduction
from fraud_registry.access.account import Account
from fraud_registry.artifacts.references import ReleasePins
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.publishing.promote import promote
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.state.seen import Alias


class RegistryAliases:
    """An `AliasBoard` over one account."""

    def __init__(self, account: Account, installations: Installations, last: Path) -> None:
        """`last` is where the release in production is remembered, for days without registry."""
        self._account = account
        self._installations = installations
        self._last = last

    def read(self) -> Mapping[Alias, str]:
        """Digests at `production`; a release that was never installed here has none."""
        try:
            pins = resolve_release(self._account, Alias.PRODUCTION)
        except NotInRegistry:
            return {}
        digests = [each.release.digest for each in self._installations.all() if _is_at(each.release, pins)]
        return {Alias.PRODUCTION: digests[0]} if digests else {}

    def move(self, alias: Alias, release: Release, reason: str) -> None:  # noqa: ARG002 - the rollout's record keeps it
        """Move `production`; the registry keeps the former pair at `previous` in the same call."""
        if alias is Alias.PRODUCTION:
            pins = resolve_release(self._account, release.model.version)
            promote(self._account, pins)
            LastProduction.remember(pins, self._last)


def _is_at(release: Release, pins: ReleasePins) -> bool:
    return (release.model.version, release.preprocessor.version) == (
        pins.model.version,
        pins.preprocessor.version,
    )
