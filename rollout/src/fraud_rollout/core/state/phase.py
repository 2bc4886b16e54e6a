"""The phases of a rollout, and why it may be held."""

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where a rollout stands; see docs/rollouts.md."""

    PENDING = "Pending"
    PREPARING = "Preparing"
    PREFLIGHT = "Preflight"
    SHADOW = "Shadow"
    CANARY = "Canary"
    SOAK = "Soak"
    PROMOTING = "Promoting"
    """All traffic, the soak passed, the aliases on their way."""
    PROMOTED = "Promoted"
    HELD = "Held"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    SUPERSEDED = "Superseded"
    FAILED = "Failed"
    """The candidate never became ready."""


ENDS: Final = frozenset({Phase.PROMOTED, Phase.ROLLED_BACK, Phase.SUPERSEDED, Phase.FAILED})
"""No way leads on from these but a rollback of what was promoted."""


class Cause(StrEnum):
    """Why a rollout is held."""

    APPROVAL = "approval"
    """The strategy asks a person before it goes on."""
    PAUSED = "paused"
    UNDECIDED = "undecided"
    """No verdict within the cap, or a rate surely between the limits."""
    LOAD = "load"
    """More reviews or blocks than a person should let pass unseen."""
    EVIDENCE = "evidence"
    """Missing, stale or not to be trusted; past the deadline it goes back."""
    STABLE_AWAY = "stable away"
    CANDIDATE_AWAY = "candidate away"
    PROXY_AWAY = "proxy away"
    """Callers reach no release, so nothing that is counted says anything about one."""
    ALTERED = "altered"
    """What runs was changed from outside."""
    REGISTRY = "registry"
    """The registry is away; only the aliases wait."""


FOR_PEOPLE: Final = frozenset({Cause.APPROVAL, Cause.PAUSED, Cause.UNDECIDED, Cause.LOAD, Cause.ALTERED})
"""Causes that a person ends; the others end by themselves, or by a deadline."""
