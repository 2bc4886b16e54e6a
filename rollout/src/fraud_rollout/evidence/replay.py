"""Recent real payments, decided again by both releases, pair by pair.

It carries a control: stable must give again what it had decided. Where it does not, either the record of
recent payments or stable itself has changed, and nothing can be concluded from any pair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.policy import DECISIONS
from fraud_rollout.core.state.observed import Evidence
from fraud_rollout.evidence.describe import pairs_of
from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.errors import EvidenceUntrusted
from fraud_rollout.evidence.facts import Facts, joined
from fraud_rollout.evidence.recent import Sample, read_ring, sample
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.pairs import pair_counts
from fraud_rollout.judge.verdict import Count
from fraud_rollout.records.details import Pairs

BATCH: Final = 200
"""Pairs of a step: a request that takes a pod some milliseconds."""
_SAME: Final = 1e-6
"""Scores this close are the same: another machine's exp may differ in the last bit."""


@dataclass(frozen=True)
class Plan:
    """What to replay."""

    stable: Sequence[Endpoint]
    """All pods of stable, with admin addresses and token."""
    candidate: Sequence[Endpoint]
    """All pods of the candidate."""
    digest: str
    """Of the candidate, as its evidence names it."""
    since: datetime
    """`Wanted.since` when the replay begins."""
    pairs: int
    """How many at most."""
    difference: float
    """What scores must differ by to count as different."""
    dataset: Dataset | None = None
    """Covers hours without traffic."""
    seed: int = 0


class Replay:
    """A replay in steps; once it cannot be trusted it says so for ever."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sample: Sample | None = None
        self._done = 0
        self._counts: Mapping[str, Count] = {}
        self._error = ""
        self._answered: list[tuple[Facts, Answers, Answers]] = []
        self._stable, self._candidate = cycle(plan.stable), cycle(plan.candidate)

    def step(self, now: datetime) -> Evidence:
        """Replay the next `BATCH` payments; the evidence of all so far, as of `now`.

        Raises:
            EvidenceMissing: a pod did not answer in time; the same payments are replayed by the next step.
        """
        try:
            if self._sample is None:
                self._sample = self._gather()
            if not self._error and not self._sample.hours_missing:
                self._replay(self._sample)
        except EvidenceUntrusted as error:
            self._error = error.message
        return self._evidence(now)

    @property
    def pairs(self) -> Pairs:
        """Some of the pairs, for people."""
        if not self._answered:
            return Pairs()
        facts, stable, candidate = zip(*self._answered, strict=True)
        return pairs_of(Facts.joined(facts), joined(stable), joined(candidate))

    def _gather(self) -> Sample:
        plan = self._plan
        for endpoint in plan.stable:
            endpoint.require_release()
        rings = [read_ring(endpoint, plan.pairs) for endpoint in plan.stable]
        return sample(rings, plan.dataset, plan.pairs, np.random.default_rng(plan.seed))

    def _replay(self, drawn: Sample) -> None:
        rows = slice(self._done, min(self._done + BATCH, len(drawn)))
        facts, live = drawn.facts.take(rows), drawn.live[rows]
        if not len(facts):
            return
        stable, candidate = next(self._stable), next(self._candidate)
        for endpoint in (stable, candidate):
            endpoint.require_release()
        again, other = stable.answers(facts), candidate.answers(facts)
        served = Answers(drawn.served.scores[rows], drawn.served.decisions[rows])
        self._require_same(served, again, live)
        added = pair_counts(again, other, drawn.categories[rows], self._plan.difference)
        self._counts = added_up(self._counts, added)
        self._answered.append((facts, again, other))
        self._done += len(facts)

    def _require_same(self, served: Answers, again: Answers, live: npt.NDArray[np.bool_]) -> None:
        differ = (served.decisions != again.decisions) | (np.abs(served.scores - again.scores) > _SAME)
        rows = np.flatnonzero(differ & live)
        if len(rows):
            row = rows[0]
            raise EvidenceUntrusted(
                f"stable gave {_words(again, row)} for a payment that it had given {_words(served, row)} "
                f"before ({len(rows)} of {int(live.sum())} so): its memory or stable itself has changed"
            )

    def _evidence(self, now: datetime) -> Evidence:
        drawn = self._sample
        complete = drawn is not None and not drawn.hours_missing and self._done >= len(drawn)
        return Evidence(
            candidate=self._plan.digest,
            since=self._plan.since,
            at=now,
            counts={} if self._error else self._counts,
            complete=complete and not self._error,
            error=self._error,
            note="" if drawn is None else self._note(drawn),
        )

    def _note(self, drawn: Sample) -> str:
        live = f"live {drawn.hours_live} of 24 h, {int(drawn.live.sum()):,} of {len(drawn):,} payments"
        if drawn.hours_missing:
            return f"{live}; {drawn.hours_missing} h of the day are not covered, and no dataset covers them"
        topped_up = len(drawn) - int(drawn.live.sum())
        if topped_up and self._plan.dataset is not None:
            return (
                f"{live}; {24 - drawn.hours_live} h and {topped_up:,} payments from {self._plan.dataset.name}"
            )
        return live


def added_up(counts: Mapping[str, Count], more: Mapping[str, Count]) -> dict[str, Count]:
    """Counts of disjoint rows together, by gate."""
    none = Count()
    return {name: counts.get(name, none) + more.get(name, none) for name in counts.keys() | more.keys()}


def _words(answers: Answers, row: int) -> str:
    return f"{answers.scores[row]:.6f} ({DECISIONS[answers.decisions[row]].label})"
