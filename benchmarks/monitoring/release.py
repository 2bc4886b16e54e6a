"""A release as its monitor would see it, without serving it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.monitoring.payments import Payments
from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
)
from fraud_contract.features import CompiledFeatures
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_contract.policy import DECISIONS, costs_of
from fraud_contract.transaction import DAYS, HOURS
from fraud_monitor.core.bins import Bins
from fraud_monitor.core.judgement import References
from fraud_monitor.core.profile import Profile
from fraud_monitor.core.window import UNKNOWN
from fraud_predictor.scorer import Scorer

_CHUNK: Final = 200_000


class Release:
    """A release in the folder of a training."""

    def __init__(self, folder: Path) -> None:
        self.model = ModelArtifact.load(folder / PRODUCTION_MODEL)
        self.spec = PreprocessorArtifact.load(folder / PREPROCESSOR).spec
        self.references = References(self.spec, self.model.document.reference)
        self._features = CompiledFeatures(self.spec)
        self._scorer = Scorer.load(self.model)

    def scores(self, payments: Payments) -> npt.NDArray[np.float32]:
        """The probability of fraud of each payment."""
        return np.concatenate(
            [
                self._scorer.scores(
                    self._features.rows(
                        payments.amounts[part],
                        payments.hours[part],
                        payments.weekdays[part],
                        payments.categories[part].tolist(),
                    )
                )
                for start in range(0, len(payments), _CHUNK)
                for part in [slice(start, start + _CHUNK)]
            ]
        )

    def decided(
        self, payments: Payments, scores: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Place of each decision in `DECISIONS`, and what it is expected to cost."""
        policy = self.model.document.policy
        decisions = np.asarray(policy.decide_all(scores, payments.amounts), np.int64)
        costs = np.stack(costs_of(policy).expected(scores.astype(np.float64), payments.amounts))
        return decisions, np.choose(decisions, costs)

    def codes(self, payments: Payments) -> npt.NDArray[np.int64]:
        """Place of each category among the known ones; one beyond the last where training saw none such."""
        return np.asarray(self._features.codes(payments.categories.tolist()), np.int64)

    def profiles(self, payments: Payments) -> Iterator[Profile]:
        """The profile of each day, in order."""
        scores = self.scores(payments)
        for day in np.unique(payments.days):
            rows = payments.days == day
            yield self._profile(payments.take(rows), scores[rows])

    def _profile(self, payments: Payments, scores: npt.NDArray[np.float32]) -> Profile:
        decisions, costs = self.decided(payments, scores)
        codes = np.bincount(self.codes(payments), minlength=len(self.spec.categories) + 1)
        return Profile(
            amounts=_bins(payments.amounts, self.spec.reference.amount_edges),
            hours=tuple(np.bincount(payments.hours, minlength=HOURS).tolist()),
            days=tuple(np.bincount(payments.weekdays, minlength=DAYS).tolist()),
            categories=dict(zip((*self.spec.categories, UNKNOWN), codes.tolist(), strict=True)),
            scores=_bins(scores, SCORE_BOUNDS),
            decisions=tuple(np.bincount(decisions, minlength=len(DECISIONS)).tolist()),
            expected_cost=float(costs.sum()),
            score_sum=float(scores.sum()),
        )


def _bins(values: npt.ArrayLike, bounds: tuple[float, ...]) -> Bins:
    places = np.searchsorted(bounds, np.asarray(values), side="left")
    return Bins(bounds=bounds, counts=tuple(np.bincount(places, minlength=len(bounds) + 1).tolist()))
