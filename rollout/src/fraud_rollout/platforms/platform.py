"""What the loop needs of the place where releases run, and what that place needs of the registry."""

from collections.abc import Mapping
from typing import Protocol

from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Alias, Observed
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release


class Platform(Protocol):
    """Releases, the proxy before them, and the evidence they give."""

    def observe(self, record: Record) -> Observed:
        """One look at all that concerns the rollout; it waits for nothing."""
        ...

    def apply(self, record: Record, desired: Desired) -> None:
        """Move the world towards `wanted`; it waits for nothing, and is called again."""
        ...


class AliasStore(Protocol):
    """The registry's pointers to releases. Its calls may take seconds."""

    def read(self) -> Mapping[Alias, str]:
        """Digest of the release at each alias that is set to a known one.

        Raises:
            RegistryError: the registry is away.
        """
        ...

    def move(self, alias: Alias, release: Release, reason: str) -> None:
        """Have the alias at both artifacts of `release`.

        Raises:
            RegistryError: the registry refused or went away; move it again.
        """
        ...
