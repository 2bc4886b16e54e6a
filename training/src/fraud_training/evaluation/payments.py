"""Scored payments whose truth is known, and what a policy costs on them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from fraud_contract.policy import DECISIONS, Costs, Policy


@dataclass(frozen=True)
class Payments:
    """Columns of equal length, in order of time."""

    scores: npt.NDArray[np.float32]
    amounts: npt.NDArray[np.float64]
    fraud: npt.NDArray[np.bool_]
    categories: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, chosen: npt.NDArray[np.bool_ | np.intp] | slice) -> Self:
        """Only the chosen ones."""
        return type(self)(
            self.scores[chosen], self.amounts[chosen], self.fraud[chosen], self.categories[chosen]
        )


def cost_of(policy: Policy, payments: Payments, costs: Costs) -> float:
    """Total cost of the decisions that `policy` takes."""
    decisions = policy.decide_all(payments.scores, payments.amounts)
    per_decision = [costs.of(each, payments.fraud, payments.amounts) for each in DECISIONS]
    return float(np.choose(decisions, per_decision).sum())
