"""Why a payment was scored as it was: what each of its facts added to the log-odds of fraud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fraud_contract.calibration import Calibration
from fraud_contract.features import FeatureSpec
from fraud_transformer.transactions.parsing import Payment

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Reason:
    """What one fact of a payment, or facts that the features mix, added to the log-odds."""

    feature: str
    value: Any
    contribution: float
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Reasons, the strongest first; with the bias they add up to the log-odds of the answered probability."""

    reasons: tuple[Reason, ...]
    bias: float
    log_odds: float


class Explainer:
    """Turns TreeSHAP's contributions of features into reasons of a payment's facts."""

    def __init__(self, spec: FeatureSpec, calibration: Calibration) -> None:
        self._columns: dict[tuple[str, ...], list[slice]] = {}
        for inputs, columns in spec.columns_by_input():
            self._columns.setdefault(inputs, []).append(columns)
        self._calibration = calibration

    def explain(self, transaction: Payment, contributions: npt.NDArray[np.float32]) -> Explanation:
        """The explanation of one transaction from its contributions, shape (width + 1,), bias last.

        Calibration scales the margin and moves it, so contributions are scaled and the bias is moved.
        """
        scaled = contributions.astype(np.float64) * self._calibration.slope
        reasons = [
            self._reason(transaction, inputs, float(sum(scaled[each].sum() for each in columns)))
            for inputs, columns in self._columns.items()
        ]
        reasons.sort(key=lambda reason: -abs(reason.contribution))
        bias = float(scaled[-1]) + self._calibration.intercept
        return Explanation(tuple(reasons), bias, bias + sum(reason.contribution for reason in reasons))

    @staticmethod
    def _reason(transaction: Payment, inputs: tuple[str, ...], contribution: float) -> Reason:
        values = {name: getattr(transaction, name) for name in inputs}
        text = f"{_sentence(values)} {_effect(contribution)}."
        value = next(iter(values.values())) if len(values) == 1 else values
        return Reason("+".join(inputs), value, contribution, text)


def _effect(contribution: float) -> str:
    by = f"{abs(contribution):.2f}"
    if not float(by):
        return "hardly changes the log-odds of fraud"
    return f"{'raises' if contribution > 0 else 'lowers'} the log-odds of fraud by {by}"


def _sentence(values: Mapping[str, Any]) -> str:
    """The facts in words: `An amount of 245.50 at 14:00-14:59`."""
    words = {
        "amt": lambda value: f"an amount of {value:.2f}",
        "hour": lambda value: f"the hour {value:02d}:00-{value:02d}:59",
        "day_of_week": lambda value: f"the day {_DAYS[value]}",
        "category": lambda value: f"the category {value}",
    }
    sentence = " with ".join(words[name](value) for name, value in values.items())
    return sentence[0].upper() + sentence[1:]
