"""Moving the alias `production` from one release to another, and what came of such moves."""

from typing import Final

from fraud_registry.artifacts.resolve import DEADLINE as LOOKUP
from fraud_registry.artifacts.resolve import release_reference, require_meant
from fraud_registry.messages import ListMoves, PlanMove, Promote
from fraud_registry.progress import Progress
from fraud_registry.records.moves import Moves, PlannedMove, Reason
from fraud_registry.references import PREVIOUS, ReleasePins
from fraud_registry.worker.connection import Access, ask

DEADLINE: Final = 120.0
"""Seconds for some twenty requests, and for another move to end before."""


def promote(  # noqa: PLR0913 - one call for all that belongs together
    access: Access,
    pins: ReleasePins,
    reason: Reason,
    progress: Progress | None = None,
    *,
    expected: str | None = None,
    replace_unusable: bool = False,
) -> None:
    """Put a release into production; the former one stays at `previous`, and the move is recorded.

    One move at a time, whoever asks for it and from where. Calling it again changes nothing; a call that was
    cut short is put right by the next one.

    Args:
        access: the registry.
        pins: the release.
        reason: who moves it, and why.
        progress: gets the stages.
        expected: the model (`vN`) that must be in production for the move to be made, empty for none; None:
            any.
        replace_unusable: move the alias also off a version that this software cannot use.

    Raises:
        UnusableInRegistry: `production` or `previous` is at such a version; nothing was moved.
        RegistryBusy: another move is under way, or something else is in production; nothing was moved.
        RegistryError: the registry refused or went away; call it again.
    """
    request = Promote(pins=pins, reason=reason, expected=expected, replace_unusable=replace_unusable)
    ask(access, request, ReleasePins, DEADLINE, progress)


def planned(access: Access, release: str = PREVIOUS) -> PlannedMove:
    """What a move to the release, named as for `resolve_release`, would do. By default a rollback.

    Raises:
        InvalidReference, ArtifactCorrupt: as `resolve_release` does.
        NotInRegistry: there is no such release.
        UnusableInRegistry: there is one that this software cannot use.
        RegistryError: the registry refused or went away.
    """
    reference = release_reference(release)
    plan = ask(access, PlanMove(version=reference.version), PlannedMove, LOOKUP)
    require_meant(reference, plan.pins)
    return plan


def moves(access: Access) -> Moves:
    """Every move that was recorded, and what is in production now. Raises `RegistryError`."""
    return ask(access, ListMoves(), Moves, LOOKUP)
