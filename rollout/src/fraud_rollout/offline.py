"""Two releases judged on labelled payments alone: a rollout up to where traffic would move."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.dataset import Dataset, require_unseen
from fraud_contract.artifacts.loading import ModelArtifact
from fraud_contract.policy import costs_of
from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.observed import Evidence, Observed, Readiness, Source
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.strategy.strategy import Approval, ScoreLimits, Strategy
from fraud_rollout.evidence.describe import changes_between, curves_of, moves_of, pairs_of
from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.errors import EvidenceUntrusted
from fraud_rollout.evidence.evaluation import answers_of
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.evidence.golden import golden_counts
from fraud_rollout.evidence.replay import BATCH, added_up
from fraud_rollout.judge.answers import Answers, Payments
from fraud_rollout.judge.evaluation import Terms, evaluate
from fraud_rollout.judge.pairs import pair_counts
from fraud_rollout.judge.verdict import Count
from fraud_rollout.records.details import Details

_SEED: Final = 0
_EVERYTHING: Final = 100
"""Percent."""
_SOURCES: Final = frozenset({Source.GOLDEN, Source.EVALUATION, Source.SHADOW})
_DECIDED: Final = frozenset({Phase.CANARY, Phase.HELD, Phase.ROLLING_BACK, Phase.FAILED})


class Judgement(StrEnum):
    """What a comparison ends with."""

    MAY_REPLACE = "may replace"
    REJECTED = "rejected"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class RunningRelease:
    """One of the two releases, running."""

    release: Release
    model: ModelArtifact
    endpoint: Endpoint


class Progress(Protocol):
    """Shown the stages."""

    def stage(self, name: str) -> None:
        """The stage `name` begins."""


def judgement_of(record: Record) -> Judgement:
    """What the record of a comparison says."""
    if record.phase is Phase.CANARY:
        return Judgement.MAY_REPLACE
    return Judgement.REJECTED if record.rejected else Judgement.UNDECIDED


class Comparison:
    """Stable and candidate answer the same labelled payments; `run` judges what they say."""

    def __init__(
        self,
        stable: RunningRelease,
        candidate: RunningRelease,
        dataset: Dataset,
        rows: npt.NDArray[np.intp] | None = None,
    ) -> None:
        """Compare on `dataset`, or on some of its rows.

        Raises:
            DatasetSeen: one of the models was trained on payments of the dataset.
        """
        notes = (require_unseen(dataset, each.model) for each in (stable, candidate))
        self.notes = tuple(dict.fromkeys(filter(None, notes)))
        """What is not known of the evidence."""
        self._stable, self._candidate = stable, candidate
        chosen: npt.NDArray[np.intp] | slice = slice(None) if rows is None else rows
        self._dataset_name = dataset.name
        self._facts = Facts.of_dataset(dataset).take(chosen)
        self._payments = Payments(
            self._facts.amounts, dataset.fraud[chosen], self._facts.categories, dataset=dataset.name
        )
        self._answers: tuple[Answers, Answers] | None = None
        self._order: npt.NDArray[np.intp] | None = None
        self._drawn = 0
        self._counts = dict[str, Count]()

    def run(self, record: Record, now: Callable[[], datetime], progress: Progress) -> Record:
        """The record once its gates have decided, or will not.

        Raises:
            EvidenceMissing: one of the releases does not answer.
        """
        strategy = record.strategy.model_copy(update={"approval": Approval.NONE})
        there = Readiness(ready=True, carries=_EVERYTHING)
        evidence: dict[Source, Evidence] = {}
        while record.phase not in _DECIDED:
            observed = Observed(candidate=there, stable=there, weight=0, evidence=evidence)
            record, desired = decide(record, strategy, observed, now())
            for source in desired.collect & _SOURCES:
                if source not in evidence:
                    progress.stage(source.value)
                evidence[source] = self._gather(source, strategy, desired.since, now)
        return record

    def details(self, command: str) -> Details:
        """What a report shows beyond the record; call it after `run`."""
        changes = changes_between(self._stable.model, self._candidate.model)
        if self._answers is None:
            return Details(command=command, offline=True, changes=changes, notes=self.notes)
        stable, candidate = self._answers
        return Details(
            command=command,
            offline=True,
            changes=changes,
            pairs=pairs_of(self._facts, stable, candidate),
            moves=moves_of(self._payments, stable, candidate),
            curves={
                "stable": curves_of(self._payments, stable),
                "candidate": curves_of(self._payments, candidate),
            },
            notes=self.notes,
        )

    def _gather(
        self, source: Source, strategy: Strategy, since: datetime, now: Callable[[], datetime]
    ) -> Evidence:
        gathered: dict[str, Any]
        try:
            gathered = self._gathered[source](self, strategy)
        except EvidenceUntrusted as error:
            gathered = {"error": error.message}
        return Evidence(candidate=self._candidate.release.digest, since=since, at=now(), **gathered)

    def _golden(self, _: Strategy) -> dict[str, Any]:
        model = self._candidate.model
        counts = golden_counts(self._candidate.endpoint, model.golden, model.document.policy)
        return {"counts": counts, "complete": True}

    def _evaluation(self, strategy: Strategy) -> dict[str, Any]:
        both = (self._stable.endpoint, self._candidate.endpoint)
        with ThreadPoolExecutor(len(both)) as pool:
            stable, candidate = pool.map(lambda endpoint: answers_of([endpoint], self._facts), both)
        self._answers = stable, candidate
        costs, resamples = costs_of(self._stable.model.document.policy), strategy.evaluation.resamples
        terms = Terms(costs, _difference(strategy), resamples)
        evaluation = evaluate(self._payments, stable, candidate, terms)
        return {"evaluation": evaluation, "complete": True, "note": "; ".join(self.notes)}

    def _pairs(self, strategy: Strategy) -> dict[str, Any]:
        """The next pairs, drawn without replacement, as a replay would have shown them."""
        assert self._answers is not None  # noqa: S101 - the evaluation comes before
        if self._order is None:
            order = np.random.default_rng(_SEED).permutation(len(self._facts))
            self._order = order[: strategy.pairs]
        rows = self._order[self._drawn : self._drawn + BATCH]
        self._drawn += len(rows)
        stable, candidate = (Answers(each.scores[rows], each.decisions[rows]) for each in self._answers)
        added = pair_counts(stable, candidate, self._facts.categories[rows], _difference(strategy))
        self._counts = added_up(self._counts, added)
        complete = self._drawn == len(self._order)
        return {"counts": self._counts, "complete": complete, "note": f"pairs of {self._dataset_name}"}

    _gathered: ClassVar = {
        Source.GOLDEN: _golden,
        Source.EVALUATION: _evaluation,
        Source.SHADOW: _pairs,
    }


def _difference(strategy: Strategy) -> float:
    """What scores must differ by to count as different."""
    return (strategy.gates.scores or ScoreLimits(tolerable=0.004, harmful=0.008)).difference
