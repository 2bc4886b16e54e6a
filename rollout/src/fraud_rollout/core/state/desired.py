"""The desired state: the world as a rollout wants it; a platform makes it so, as often as it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fraud_rollout.core.state.observed import Alias, Source
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.release import Release


class Pods(StrEnum):
    """How a release is kept."""

    RUNNING = "running"
    """Pods for its share."""
    WARM = "warm"
    """No traffic, ready to take all of it at once."""
    PARKED = "parked"
    """No pods."""


@dataclass(frozen=True)
class Kept:
    """A release and the pods it is to have."""

    release: Release
    pods: Pods
    share: int
    """Percent of all traffic that its pods must be able to take; 0 where nothing but ready is asked."""


@dataclass(frozen=True)
class Desired:
    """The desired world."""

    phase: Phase
    reason: str
    """One sentence for people."""
    weights: Mapping[str, int]
    """Percent by name of release; adds up to 100, or is empty while the first release is not judged yet."""
    releases: Mapping[str, Kept]
    """By name."""
    aliases: Mapping[Alias, Release]
    """Those to be moved, if they are not there yet; empty before the soak ended."""
    collect: frozenset[Source]
    """Evidence to gather now."""
    since: datetime
    """Evidence counts from here: a new value means counting anew."""
