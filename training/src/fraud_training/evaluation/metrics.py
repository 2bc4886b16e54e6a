"""How good the scores and the decisions are, on a window that nothing was fitted or chosen on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from fraud_contract.policy import DECISIONS, Costs, Decision, Policy
from fraud_training.evaluation.payments import Payments, cost_of


@dataclass(frozen=True)
class Figures:
    """Quality of scores. Brier skill is 1 for perfect scores, 0 for always answering the window's rate."""

    rows: int
    frauds: int
    rate: float
    roc_auc: float
    average_precision: float
    brier: float
    brier_skill: float
    log_loss: float
    mean_score: float
    mean_ratio: float
    """Mean score over the fraud rate: 1 is calibrated in the large."""


@dataclass(frozen=True)
class Outcome:
    """What the decisions do, in payments and in money (the card's currency)."""

    recall: float
    """Share of frauds reviewed or blocked."""
    recall_blocked: float
    """Share of frauds blocked at once."""
    fraud_value: float
    fraud_value_caught: float
    """Share of the frauds' amounts that was blocked, or sent to review and found there."""
    good_blocked: int
    good_blocked_per_10000: float
    reviewed: int
    reviewed_per_10000: float
    cost: float
    cost_of_approving_all: float
    saved: float
    """Share of the cost of approving everything that the decisions save."""


@dataclass(frozen=True)
class Evaluation:
    """Scores and decisions of one window, overall and per category."""

    figures: Figures
    outcome: Outcome
    categories: Mapping[str, tuple[Figures, Outcome]]
    decisions: tuple[tuple[int, int, int], tuple[int, int, int]]
    """Good payments, then frauds, by decision."""
    unknown: tuple[Figures, Outcome]
    """The same payments with their category hidden."""


def evaluate(payments: Payments, hidden: Payments, policy: Policy, costs: Costs) -> Evaluation:
    """All figures of `payments`; `hidden` are the same ones scored without their category."""
    codes, names = pd.factorize(payments.categories, sort=True)
    places = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    segments = {str(name): payments.take(place) for name, place in zip(names, places, strict=True)}
    # Figures of ranks and rates need frauds and good payments; a category with one kind has none.
    parts = {name: part for name, part in segments.items() if 0 < part.fraud.sum() < len(part)}
    return Evaluation(
        figures=figures_of(payments),
        outcome=outcome_of(payments, policy, costs),
        categories={name: _segment(part, policy, costs) for name, part in parts.items()},
        decisions=decision_counts(payments, policy),
        unknown=_segment(hidden, policy, costs),
    )


def _segment(payments: Payments, policy: Policy, costs: Costs) -> tuple[Figures, Outcome]:
    return figures_of(payments), outcome_of(payments, policy, costs)


def figures_of(payments: Payments) -> Figures:
    """Quality of the scores; the payments must hold both frauds and good ones."""
    scores, fraud = payments.scores.astype(np.float64), payments.fraud
    rate, mean = float(fraud.mean()), float(scores.mean())
    brier = float(np.mean((scores - fraud) ** 2))
    return Figures(
        rows=len(fraud),
        frauds=int(fraud.sum()),
        rate=rate,
        roc_auc=float(roc_auc_score(fraud, scores)),
        average_precision=float(average_precision_score(fraud, scores)),
        brier=brier,
        brier_skill=1 - brier / (rate * (1 - rate)),
        log_loss=float(log_losses(payments.scores, fraud).mean()),
        mean_score=mean,
        mean_ratio=mean / rate,
    )


def log_losses(scores: npt.NDArray[np.float32], fraud: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Log loss of each row, in nats."""
    # float32 rounds the surest scores to 1; no loss is counted beyond its precision.
    certain = np.finfo(np.float32).eps
    p = np.clip(scores.astype(np.float64), certain, 1 - certain)
    return -np.where(fraud, np.log(p), np.log1p(-p))


def outcome_of(payments: Payments, policy: Policy, costs: Costs) -> Outcome:
    """What `policy` does with the payments."""
    decisions = policy.decide_all(payments.scores, payments.amounts)
    fraud, amounts = payments.fraud, payments.amounts
    found = np.choose(decisions, [0.0, costs.review_recall, 1.0])[fraud]
    good_blocked = int((~fraud & (decisions == Decision.BLOCK)).sum())
    reviewed = int((decisions == Decision.REVIEW).sum())
    cost = cost_of(policy, payments, costs)
    approving = float(costs.of(Decision.APPROVE, fraud, amounts).sum())
    return Outcome(
        recall=float((decisions[fraud] != Decision.APPROVE).mean()),
        recall_blocked=float((decisions[fraud] == Decision.BLOCK).mean()),
        fraud_value=float(amounts[fraud].sum()),
        fraud_value_caught=float((found * amounts[fraud]).sum() / amounts[fraud].sum()),
        good_blocked=good_blocked,
        good_blocked_per_10000=1e4 * good_blocked / len(fraud),
        reviewed=reviewed,
        reviewed_per_10000=1e4 * reviewed / len(fraud),
        cost=cost,
        cost_of_approving_all=approving,
        saved=1 - cost / approving,
    )


def decision_counts(payments: Payments, policy: Policy) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """How many good payments, then frauds, were approved, reviewed, blocked."""
    decisions = policy.decide_all(payments.scores, payments.amounts)
    good, bad = (_counts(decisions[payments.fraud == fraud]) for fraud in (False, True))
    return good, bad


def _counts(decisions: npt.NDArray[np.int8]) -> tuple[int, int, int]:
    approved, reviewed, blocked = np.bincount(decisions, minlength=len(DECISIONS)).tolist()
    return approved, reviewed, blocked
