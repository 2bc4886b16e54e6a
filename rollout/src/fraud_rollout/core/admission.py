"""May a rollout begin? What earlier ones and people forbid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fraud_rollout.core.moves import EVERYTHING, roll_back
from fraud_rollout.core.state.command import Command
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Artifact, Release
from fraud_rollout.core.strategy.strategy import Strategy

_NUMBERED: Final = re.compile(r"v(\d+)")


@dataclass(frozen=True)
class Following:
    """What is known before a candidate is looked at."""

    stable: Release | None
    """In production; None if nothing is."""
    earlier: Sequence[Record]
    """Records of earlier rollouts, oldest first."""
    suspended: str = ""
    """Why no rollout is to begin, and who says so; empty if they may."""


def refusal(candidate: Release, following: Following, *, again: bool = False) -> str:
    """Why no rollout of `candidate` may begin; empty if one may.

    `again` is a person's word: it lifts a rejection, and the hold after a rollback, but neither a
    suspension nor a rollout that still runs.
    """
    stable = following.stable
    if stable is not None and stable.digest == candidate.digest:
        return f"{candidate.name} is in production already"
    if following.suspended:
        return f"rollouts are suspended: {following.suspended}"
    running = next((each for each in following.earlier if each.phase not in ENDS), None)
    if running is not None:
        return f"{running.id} of {running.candidate.name} is {running.phase}"
    if again:
        return ""
    return _tried(candidate, following.earlier) or _left(candidate, following.earlier)


def _tried(candidate: Release, earlier: Sequence[Record]) -> str:
    """By digest, so that another tag on the same bytes does not help."""
    ended = [each for each in earlier if each.candidate.digest == candidate.digest]
    if not ended or ended[-1].phase not in {Phase.ROLLED_BACK, Phase.FAILED}:
        return ""
    last = ended[-1]
    if last.rejected:
        how = f"{last.id} rejected it: {last.reason}"
    elif last.phase is Phase.FAILED:
        how = f"it never got ready in {last.id}: {last.reason}"
    else:
        how = f"{last.id} ended before its gates had decided: {last.reason}"
    return f"{how}; start it with --again to try once more"


def _left(candidate: Release, earlier: Sequence[Record]) -> str:
    """After a person's rollback the versions up to the one that was left are on hold."""
    version = number(candidate.model)
    for record in earlier:
        left = number(record.candidate.model)
        if record.demoted and version is not None and left is not None and version <= left:
            return (
                f"{record.id} left version {record.candidate.model.version}, so candidates up to it are on "
                "hold; publish a newer one, or start it with --again"
            )
    return ""


def number(artifact: Artifact) -> int | None:
    """The number in a registry's version `vN`; None for an artifact that has none."""
    found = _NUMBERED.fullmatch(artifact.version)
    return int(found[1]) if found else None


def rollback_refusal(target: Release, following: Following) -> str:
    """Why traffic may not go back to `target`; empty if it may. A rollout under way must be ended before."""
    if following.stable is None:
        return "nothing is in production"
    if following.stable.digest == target.digest:
        return f"{target.name} is in production already"
    return ""


def rollback_to(
    target: Release, current: Release, command: Command, strategy: Strategy, now: datetime
) -> Record:
    """The record of a rollback from `current`, which serves, to `target`: no gate is asked."""
    record = Record(
        id=f"rollback-{now:%Y%m%d-%H%M%S}",
        created=now,
        stable=target,
        candidate=current,
        strategy=strategy,
        passed_weight=EVERYTHING,
        soaked=True,
        demoted=True,
    )
    return roll_back(record, f"rolled back by {command.by}: {command.reason}", now)
