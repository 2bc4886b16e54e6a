"""Labelled payments answered by both releases: what the evaluation gates judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.errors import FraudError
from fraud_contract.policy import DECISIONS, Costs, Decision
from fraud_rollout.judge.answers import Answers, Payments, approving_all
from fraud_rollout.judge.bootstrap import Figures, Sample
from fraud_rollout.judge.pairs import pair_counts
from fraud_rollout.judge.verdict import Count, Frozen

LEVELS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.5,
    0.9,
    0.95,
    0.975,
    0.99,
    0.995,
    0.9975,
    0.999,
)
"""At which quantiles of a bootstrap are kept, so that another confidence can be judged from the record."""


OTHERS: Final = "(other)"
_MOST_CATEGORIES: Final = 30
_DIGITS: Final = 6


class EvidenceUnusable(FraudError):
    """Labelled payments or answers that nothing can be concluded from."""

    code = "evidence"


class Difference(Frozen):
    """What stable and candidate reach, and the paired difference."""

    stable: float
    candidate: float
    estimate: float
    """The difference itself; its unit is that of the field that holds it."""
    error: float
    """Its standard deviation."""

    def normal_quantile(self, level: float) -> float:
        """Where the difference lies with probability `level`, its error being normal."""
        return self.estimate + self.error * NormalDist().inv_cdf(level)


class Change(Difference):
    """A difference with the distribution of its paired bootstrap."""

    quantiles: tuple[float, ...]
    """Of the resamples, at `LEVELS`."""

    def quantile(self, level: float) -> float:
        """Of the bootstrap; beyond what the resamples can show, of the normal distribution like it."""
        if LEVELS[0] <= level <= LEVELS[-1]:
            return float(np.interp(level, LEVELS, self.quantiles))
        return self.normal_quantile(level)


class Evaluation(Frozen):
    """All that judging needs of an evaluation; a few kilobytes, so that a record can hold it."""

    rows: int
    frauds: int
    resamples: int
    cost: Change
    """Of expected cost, as a share of stable's; `stable` and `candidate` are money per 1,000 payments."""
    precision: Change
    """Of average precision."""
    calibration: Change
    """Of |mean score / fraud rate - 1|."""
    recall: Mapping[str, Difference]
    """Of the share of frauds reviewed or blocked, by category."""
    counts: Mapping[str, Count]
    """Pairs, by gate: see `pairs.pair_counts`."""
    saved: float
    """Share of the cost of approving everything that the candidate's decisions save."""
    dataset: str = ""
    """Name and fingerprint of the rows."""


@dataclass(frozen=True)
class Terms:
    """How an evaluation counts."""

    costs: Costs
    difference: float = 0.05
    """What scores must differ by to count as different."""
    resamples: int = 2_000


def evaluate(payments: Payments, stable: Answers, candidate: Answers, terms: Terms) -> Evaluation:
    """What both releases' answers to the same labelled payments amount to.

    The first release of all is compared with `approving_all`. Categories beyond the most frequent ones are
    taken together as `OTHERS`. Equal arguments give equal figures.

    Raises:
        EvidenceUnusable: columns differ in length, frauds or genuine payments are missing, scores are no
            probabilities or decisions none of the three.
    """
    _require_usable(payments, stable, candidate)
    prices = tuple(_prices(each, payments, terms.costs) for each in (stable, candidate))
    sample = Sample(payments.fraud, (stable.scores, candidate.scores), (prices[0], prices[1]))
    actual, drawn = sample.figures(), sample.resampled(terms.resamples)
    money = actual.cost[0]
    approving = float(_prices(approving_all(len(payments)), payments, terms.costs).sum())
    categories = _most_frequent(payments.categories)
    return Evaluation(
        rows=len(payments),
        frauds=int(payments.fraud.sum()),
        resamples=terms.resamples,
        cost=_change(money * 1_000 / len(payments), _rise(actual.cost), _rise(drawn.cost)),
        precision=_change(actual.precision[0], _gap(actual.precision), _gap(drawn.precision)),
        calibration=_change(_off(actual)[0], _gap(_off(actual)), _gap(_off(drawn))),
        recall=dict(_recalls(payments.fraud, categories, stable, candidate)),
        counts=pair_counts(stable, candidate, categories, terms.difference),
        saved=_round(1 - money[1] / approving),
        dataset=payments.dataset,
    )


def _require_usable(payments: Payments, *answers: Answers) -> None:
    lengths = {len(payments.fraud), len(payments.categories), len(payments)}
    lengths |= {len(each.scores) for each in answers} | {len(each.decisions) for each in answers}
    if len(lengths) != 1:
        raise EvidenceUnusable(f"Payments and answers differ in number: {sorted(lengths)} rows.")
    frauds = int(payments.fraud.sum())
    if not 0 < frauds < len(payments):
        raise EvidenceUnusable(
            f"{frauds} of {len(payments)} labelled payments are frauds; both kinds are needed."
        )
    if not (np.isfinite(payments.amounts).all() and (payments.amounts > 0).all()):
        raise EvidenceUnusable("A labelled payment's amount is not a number above 0.")
    for each in answers:
        if not ((each.scores >= 0) & (each.scores <= 1)).all():
            raise EvidenceUnusable("An answer's score is not within 0 to 1.")
        if not np.isin(each.decisions, DECISIONS).all():
            raise EvidenceUnusable("An answer's decision is none of approve, review, block.")


def _prices(answers: Answers, payments: Payments, costs: Costs) -> npt.NDArray[np.float64]:
    by_decision = [costs.of(each, payments.fraud, payments.amounts) for each in DECISIONS]
    prices: npt.NDArray[np.float64] = np.choose(answers.decisions, by_decision)
    return prices


def _most_frequent(categories: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    names, codes, sizes = np.unique(categories.astype(str), return_inverse=True, return_counts=True)
    if len(names) <= _MOST_CATEGORIES:
        return categories
    kept = np.argsort(-sizes, kind="stable")[: _MOST_CATEGORIES - 1]
    return np.where(np.isin(codes, kept), categories, OTHERS)


def _rise(cost: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The change of cost as a share of stable's, by row. Stable costing nothing, any cost is a rise of 1."""
    stable, candidate = cost.T
    rise: npt.NDArray[np.float64] = candidate / np.where(stable > 0, stable, 1) - 1
    return np.where(stable > 0, rise, np.sign(candidate))


def _gap(figures: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return figures[:, 1] - figures[:, 0]


def _off(figures: Figures) -> npt.NDArray[np.float64]:
    return np.abs(figures.mean_ratio - 1)


def _change(
    both: npt.NDArray[np.float64], actual: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]
) -> Change:
    return Change(
        stable=_round(both[0]),
        candidate=_round(both[1]),
        estimate=_round(actual[0]),
        error=_round(drawn.std(ddof=1)),
        quantiles=tuple(_round(each) for each in np.quantile(drawn, LEVELS)),
    )


def _recalls(
    fraud: npt.NDArray[np.bool_], categories: npt.NDArray[np.object_], stable: Answers, candidate: Answers
) -> Iterator[tuple[str, Difference]]:
    """By category that has frauds. Half a fraud more on either side keeps few ones from seeming certain."""
    found = [each.decisions[fraud] != Decision.APPROVE for each in (stable, candidate)]
    names = categories[fraud].astype(str)
    for name in np.unique(names):
        before, after = (each[names == name] for each in found)
        n = len(before)
        lost, won = (int((before & ~after).sum()) + 0.5, int((~before & after).sum()) + 0.5)
        lost, won = lost / (n + 1), won / (n + 1)
        yield (
            str(name),
            Difference(
                stable=_round(before.mean()),
                candidate=_round(after.mean()),
                estimate=_round(after.mean() - before.mean()),
                error=_round(((lost + won - (won - lost) ** 2) / n) ** 0.5),
            ),
        )


def _round(value: float) -> float:
    """To as many digits as a record needs."""
    return float(f"{value:.{_DIGITS}g}")
