"""The observed state: the world as a platform sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fraud_rollout.core.state.command import Command
from fraud_rollout.core.state.release import Release
from fraud_rollout.judge.evaluation import Evaluation
from fraud_rollout.judge.verdict import Count


class Source(StrEnum):
    """Where evidence comes from."""

    GOLDEN = "golden"
    """Golden rows through the candidate's public route."""
    EVALUATION = "evaluation"
    """Labelled payments through both releases' own pods."""
    SHADOW = "shadow"
    """Recent real payments replayed to both releases."""
    TRAFFIC = "traffic"
    """Live requests at the present weight."""


class Alias(StrEnum):
    """Aliases of the registry that a rollout moves."""

    PRODUCTION = "production"
    PREVIOUS = "previous"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Readiness:
    """How one release stands."""

    ready: bool = False
    carries: int = 0
    """Percent of all traffic that its ready pods can take."""
    failure: str = ""
    """Why it can never become ready; empty while it can."""
    altered: str = ""
    """How what runs differs from what was pinned; empty while it does not."""


@dataclass(frozen=True)
class Evidence:
    """What one source has gathered so far; it replaces what it gave before, so counts are totals."""

    candidate: str
    """Digest of the release it is about; evidence about another one is not looked at."""
    since: datetime
    """`Wanted.since` when its gathering began; evidence from before a new start is not looked at."""
    at: datetime
    """When the newest of it was gathered."""
    counts: Mapping[str, Count] = field(default_factory=dict)
    """By gate; `gates.GATES` lists the names."""
    weight: int = 0
    """Traffic: percent that the candidate was to get while these counts were taken."""
    evaluation: Evaluation | None = None
    complete: bool = False
    """Nothing more will come, whatever the wait: all rows were used, or the cap is reached."""
    error: str = ""
    """Why none of it can be trusted (A/A control, torn rows, another release answering); empty otherwise."""
    note: str = ""
    """What people should know of it, such as "live 18 of 24 h; 6 h from dataset:v3"."""


@dataclass(frozen=True)
class Observed:
    """One look at everything; what could not be looked at is None or absent, never a guess."""

    candidate: Readiness
    stable: Readiness | None = None
    """None for the first release of all."""
    weight: int | None = None
    """Percent of traffic that the candidate gets, as the proxy serves it; None where it cannot be asked."""
    proxy_failure: str = ""
    """Why callers reach no release; empty while the proxy serves."""
    aliases: Mapping[Alias, str] | None = None
    """Digest of the release by alias; None while the registry is away."""
    evidence: Mapping[Source, Evidence] = field(default_factory=dict)
    evidence_problem: str = ""
    """Why no evidence comes, as far as that is known; empty while it does."""
    commands: Sequence[Command] = ()
    """Not yet answered in the record, oldest first."""
    newer: Release | None = None
    """A candidate published after this one."""
