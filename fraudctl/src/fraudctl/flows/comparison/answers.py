"""What two releases answer to the same payments, by the code that serves them."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import GoldenRows
from fraud_contract.policy import DECISIONS, costs_of
from fraud_local.answers import LoadedRelease
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.judge.answers import Payments
from fraud_rollout.judge.evaluation import Change, Evaluation, Terms, evaluate
from fraudctl.flows.comparison.row import Row

LEVELS: Final = (0.025, 0.975)
"""Ends of the intervals."""


def flipped(first: LoadedRelease, second: LoadedRelease) -> Iterator[Row]:
    """Decisions on the golden rows of both that the second makes otherwise."""
    rows = _golden(first.served.model.golden, second.served.model.golden)
    before, after = (each.answers(rows) for each in (first, second))
    moves = Counter(zip(before.decisions.tolist(), after.decisions.tolist(), strict=True))
    flips = {move: number for move, number in moves.items() if move[0] != move[1]}
    largest = float(np.abs(before.scores - after.scores).max())
    yield Row(
        "golden rows",
        "decisions flipped",
        change=float(sum(flips.values())),
        note=f"of {len(rows)} golden rows; scores differ by at most {largest:.3g}",
    )
    for (old, new), number in sorted(flips.items()):
        yield Row(
            "golden rows",
            "decision",
            DECISIONS[old].label,
            DECISIONS[new].label,
            float(number),
            note="golden rows",
        )


def _golden(*sets: GoldenRows) -> Facts:
    """The golden rows of all, each payment once."""
    columns = (zip(each.amt, each.hour, each.day_of_week, each.category, strict=True) for each in sets)
    amounts, hours, days, categories = zip(
        *dict.fromkeys(row for rows in columns for row in rows), strict=True
    )
    return Facts(
        np.asarray(amounts, np.float64),
        np.asarray(hours, np.int8),
        np.asarray(days, np.int8),
        np.asarray(categories, object),
    )


def evaluated(first: LoadedRelease, second: LoadedRelease, dataset: Dataset) -> Iterator[Row]:
    """Figures on labelled payments, with the intervals of the judge's paired bootstrap."""
    facts = Facts.of_dataset(dataset)
    payments = Payments(facts.amounts, dataset.fraud, facts.categories, dataset=dataset.name)
    terms = Terms(costs_of(first.served.model.document.policy))
    answers = [each.answers(facts) for each in (first, second)]
    yield from _rows(evaluate(payments, answers[0], answers[1], terms))


def _rows(found: Evaluation) -> Iterator[Row]:
    yield Row(
        "evaluation", "payments", found.rows, found.rows, note=f"{found.frauds:,} frauds, {found.dataset}"
    )
    yield _row("average precision", found.precision, worse_if_above=False)
    yield _row(
        "expected cost per 1,000", found.cost, worse_if_above=True, unit="change as a share of the first's"
    )
    yield _row("|mean score / fraud rate - 1|", found.calibration, worse_if_above=True)
    for name, recall in sorted(found.recall.items(), key=lambda each: each[1].estimate):
        interval = recall.normal_quantile(LEVELS[0]), recall.normal_quantile(LEVELS[1])
        note = "certainly lower" if interval[1] < 0 else ""
        yield Row(
            "evaluation",
            f"frauds caught, {name}",
            recall.stable,
            recall.candidate,
            recall.estimate,
            interval,
            note,
        )


def _row(what: str, change: Change, *, worse_if_above: bool, unit: str = "") -> Row:
    low, high = (change.quantile(level) for level in LEVELS)
    certain = low > 0 if worse_if_above else high < 0
    notes = [unit, "certainly worse" if certain else ""]
    return Row(
        "evaluation",
        what,
        change.stable,
        change.candidate,
        change.estimate,
        (low, high),
        "; ".join(filter(None, notes)),
    )
