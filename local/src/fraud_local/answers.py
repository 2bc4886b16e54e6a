"""Answers of a release by the code that serves them, without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from fraud_rollout.evidence.facts import joined
from fraud_rollout.judge.answers import Answers

if TYPE_CHECKING:
    from fraud_contract.artifacts.signatures import TrustedKeys
    from fraud_local.folders import Folders
    from fraud_predictor.scorer import Scorer
    from fraud_rollout.evidence.facts import Facts
    from fraud_transformer.served import ServedRelease

_BATCH: Final = 10_000
"""Payments at once; their features take some megabytes."""


@dataclass(frozen=True)
class LoadedRelease:
    """A release in this process, which reproduced its golden features and scores."""

    served: ServedRelease
    scorer: Scorer

    @classmethod
    def load(cls, folders: Folders, trusted: TrustedKeys | None = None) -> Self:
        """The release in `folders`.

        Raises:
            ArtifactError: an artifact is missing, corrupt or of another pair, not signed as `trusted` asks,
                or gives other features or scores than where it was published.
        """
        # XGBoost takes a second or two to load, which only this needs.
        from fraud_predictor.scorer import Scorer  # noqa: PLC0415
        from fraud_transformer.served import ServedRelease  # noqa: PLC0415
        from fraud_transformer.settings import TransformerSettings  # noqa: PLC0415

        settings = TransformerSettings(
            model_dir=folders.model, preprocessor_dir=folders.preprocessor, trusted_keys=trusted
        )
        served = ServedRelease.load(settings)
        return cls(served, Scorer.load(served.model))

    def answers(self, facts: Facts) -> Answers:
        """Scores and decisions for the payments, of which there is at least one."""
        return joined([self._answered(batch) for batch in facts.batches(_BATCH)])

    def _answered(self, facts: Facts) -> Answers:
        features = self.served.features.rows(
            facts.amounts, facts.hours, facts.days, facts.categories.tolist()
        )
        scores = self.scorer.scores(features)
        return Answers(scores, self.served.policy.decide_all(scores, facts.amounts))
