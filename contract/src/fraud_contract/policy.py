"""From score and amount to a decision.

Expected cost of each decision for a payment of `amt` with fraud probability `p` (Bahnsen et al., ICMLA 2013):

    approve   p * (amt + chargeback_fee)
    review    review_cost + p * (1 - review_recall) * (amt + chargeback_fee)
    block     (1 - p) * false_block_cost
"""

from enum import IntEnum
from typing import Annotated, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_MONEY: Final = 1e18
"""A billion of the largest payments: sums of it stay finite."""
Probability = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, le=MAX_MONEY)]


class Decision(IntEnum):
    """What to do with a payment, in the order of severity."""

    APPROVE = 0
    REVIEW = 1
    BLOCK = 2

    @property
    def label(self) -> str:
        """Lower-case name, as answers carry it."""
        return self.name.lower()

    @property
    def prediction(self) -> str:
        """`fraudulent` exactly when the payment is blocked."""
        return FRAUDULENT if self is Decision.BLOCK else NON_FRAUDULENT


FRAUDULENT: Final = "fraudulent"
NON_FRAUDULENT: Final = "non-fraudulent"
DECISIONS: Final = tuple(Decision)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Costs(_Model):
    """What mistakes cost, in the card's currency."""

    chargeback_fee: Money = 25.0
    """Charged by the acquirer for each fraud that passed, on top of the amount."""
    review_cost: Money = 4.0
    """Minutes of an analyst."""
    review_recall: Probability = 0.95
    """Share of frauds that a review finds."""
    false_block_cost: Money = 40.0
    """A good customer stopped: the sale's margin, a call, and a card that may stay in the drawer."""

    def expected[Value: (float, npt.NDArray[np.float64])](
        self, score: Value, amount: Value
    ) -> tuple[Value, Value, Value]:
        """Expected cost of approving, reviewing and blocking payments of these scores and amounts."""
        loss = score * (amount + self.chargeback_fee)
        review = self.review_cost + (1.0 - self.review_recall) * loss
        return loss, review, (1.0 - score) * self.false_block_cost

    def of(
        self, decision: Decision, fraud: npt.NDArray[np.bool_], amounts: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Cost of taking `decision` for each payment, its truth being known; shape (n,)."""
        loss = np.where(fraud, amounts + self.chargeback_fee, 0.0)
        if decision is Decision.APPROVE:
            return loss
        if decision is Decision.REVIEW:
            return self.review_cost + (1.0 - self.review_recall) * loss
        return np.where(fraud, 0.0, self.false_block_cost)


class ThresholdPolicy(_Model):
    """Review from one probability on, block from another."""

    kind: Literal["thresholds"] = "thresholds"
    review: Probability
    block: Probability

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.review > self.block:
            raise ValueError(f"review ({self.review}) must not lie above block ({self.block})")
        return self

    def decide(self, score: float, amount: float) -> Decision:
        """The decision for one payment."""
        del amount
        return DECISIONS[(score >= self.review) + (score >= self.block)]

    def decide_all(
        self, scores: npt.NDArray[np.float32], amounts: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int8]:
        """Decisions for payments in columns, as numbers of `Decision`; shape (n,)."""
        del amounts
        p = scores.astype(np.float64)
        return ((p >= self.review).astype(np.int8) + (p >= self.block)).astype(np.int8)


class CostPolicy(_Model):
    """The decision of least expected cost; the amount counts, so a small doubtful payment may pass."""

    kind: Literal["costs"] = "costs"
    costs: Costs = Costs()

    def decide(self, score: float, amount: float) -> Decision:
        """The decision for one payment; of equal costs the milder."""
        loss, review, block = self.costs.expected(score, amount)
        if loss <= review and loss <= block:
            return Decision.APPROVE
        return Decision.REVIEW if review <= block else Decision.BLOCK

    def decide_all(
        self, scores: npt.NDArray[np.float32], amounts: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int8]:
        """Decisions for payments in columns, as numbers of `Decision`; shape (n,)."""
        return np.argmin(np.stack(self.costs.expected(scores.astype(np.float64), amounts)), axis=0).astype(
            np.int8
        )


Policy = Annotated[ThresholdPolicy | CostPolicy, Field(discriminator="kind")]


def costs_of(policy: ThresholdPolicy | CostPolicy) -> Costs:
    """What the policy counts with; for thresholds, which know no money, the usual costs."""
    return policy.costs if isinstance(policy, CostPolicy) else Costs()
