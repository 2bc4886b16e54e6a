"""Recent decisions of all pods of a release, merged into one sample in the proportion of the traffic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.documents import Many
from fraud_contract.policy import Decision
from fraud_contract.transaction import DAYS, HOURS, MAX_AMOUNT, MAX_CATEGORY_LENGTH
from fraud_contract.validation import problem
from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.errors import EvidenceUntrusted
from fraud_rollout.evidence.facts import Facts, joined
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.evaluation import OTHERS

_CODES: Final = {decision.label: int(decision) for decision in Decision}
_MOST_CATEGORIES: Final = 40
_FEWEST: Final = 5
"""Payments of a category that is counted by itself: fewer can show nothing."""
_MOST: Final = 10_000_000
"""Decisions that a ring may say it has seen in an hour."""


class _Decided(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    amt: Annotated[float, Field(gt=0, le=MAX_AMOUNT)]
    hour: Annotated[int, Field(ge=0, lt=HOURS)]
    day_of_week: Annotated[int, Field(ge=0, lt=DAYS)]
    category: Annotated[str, Field(min_length=1, max_length=MAX_CATEGORY_LENGTH)]
    score: Annotated[float, Field(ge=0, le=1)]
    decision: Literal["approve", "review", "block"]


class _Recent(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    release: str
    by_hour: Annotated[list[Annotated[int, Field(ge=0, le=_MOST)]], Field(min_length=HOURS, max_length=HOURS)]
    decisions: Many[_Decided]


_RECENT: Final = TypeAdapter(_Recent)


@dataclass(frozen=True)
class Ring:
    """What one pod still knows of what it decided."""

    by_hour: npt.NDArray[np.int64]
    """Decisions by hour of the day, kept or not; shape (24,)."""
    facts: Facts
    answers: Answers
    """As they were served."""


def read_ring(endpoint: Endpoint, size: int) -> Ring:
    """At most `size` recent decisions of the pod at `endpoint`.

    Raises:
        EvidenceMissing: it does not answer.
        EvidenceUntrusted: another release answers, or no recent decisions come (a wrong token).
    """
    try:
        recent = _RECENT.validate_json(endpoint.recent(size))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise EvidenceUntrusted(
            f"{endpoint.release.name} gave no recent decisions: {place}: {problem(first)}."
        ) from None
    if recent.release != endpoint.release.name:
        raise EvidenceUntrusted(f"{recent.release} answers, where {endpoint.release.name} should.")
    rows = recent.decisions
    return Ring(
        np.asarray(recent.by_hour, np.int64),
        Facts(
            np.asarray([row.amt for row in rows], np.float64),
            np.asarray([row.hour for row in rows], np.int8),
            np.asarray([row.day_of_week for row in rows], np.int8),
            np.asarray([row.category for row in rows], object),
        ),
        Answers(
            np.asarray([row.score for row in rows], np.float32),
            np.asarray([_CODES[row.decision] for row in rows], np.int8),
        ),
    )


@dataclass(frozen=True)
class Sample:
    """Payments to replay, shuffled, so that each part of it covers the day."""

    facts: Facts
    served: Answers
    """What stable had answered, where `live`; else nothing of meaning."""
    live: npt.NDArray[np.bool_]
    """Real payments; the others are of the dataset."""
    categories: npt.NDArray[np.object_]
    """Names to count by: those that callers make up are taken together."""
    hours_live: int
    """Hours of the day with real payments, of 24."""
    hours_missing: int
    """Hours that neither real payments nor the dataset cover."""

    def __len__(self) -> int:
        return len(self.facts)


def sample(
    rings: Sequence[Ring], dataset: Dataset | None, size: int, generator: np.random.Generator
) -> Sample:
    """At most `size` payments that cover the day in the proportion of the traffic.

    Each pod gives of each hour as much as it decided of it. An hour without traffic has the share that it
    has in `dataset`, and its payments; so has what the rings no longer hold of an hour. An hour with less
    than one payment's share gives one: a fault in it must be seen, too.
    """
    traffic = np.sum([ring.by_hour for ring in rings], axis=0) if rings else np.zeros(HOURS, np.int64)
    usual = np.zeros(HOURS) if dataset is None else np.bincount(dataset.hours, minlength=HOURS) / len(dataset)
    wanted = _apportioned(size, _shares(traffic, usual), (traffic > 0) | (usual > 0))
    facts, served, live = list[Facts](), list[Answers](), list[npt.NDArray[np.bool_]]()
    short = wanted.copy()
    for ring, own in zip(rings, _by_pod(rings, wanted, generator), strict=True):
        rows = _drawn(ring.facts.hours, own, generator)
        short -= np.bincount(ring.facts.hours[rows], minlength=HOURS)
        facts.append(ring.facts.take(rows))
        served.append(Answers(ring.answers.scores[rows], ring.answers.decisions[rows]))
        live.append(np.ones(len(rows), np.bool_))
    if dataset is not None and short.any():
        rows = _drawn(dataset.hours, short, generator)
        facts.append(Facts.of_dataset(dataset).take(rows))
        served.append(Answers(np.zeros(len(rows), np.float32), np.zeros(len(rows), np.int8)))
        live.append(np.zeros(len(rows), np.bool_))
    return _in_order(facts, served, live, generator.permutation(sum(map(len, facts))))


def _shares(traffic: npt.NDArray[np.int64], usual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of each hour in the day; hours without traffic as usual, the others among the rest."""
    total = traffic.sum()
    if not total:
        return usual
    silent = traffic == 0
    return np.where(silent, usual, traffic / total * (1 - usual[silent].sum()))


def _apportioned(
    size: int, shares: npt.NDArray[np.float64], covered: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """One of `size` places for each hour to be `covered`, the rest by largest remainders."""
    # The busiest, where there are fewer places than hours.
    first = np.argsort(np.where(covered, -shares, np.inf), kind="stable")[: min(size, int(covered.sum()))]
    places: npt.NDArray[np.int64] = np.zeros(HOURS, np.int64)
    places[first] = 1
    beyond = np.maximum(size * shares - 1, 0)
    if not beyond.any():
        return places
    quotas = (size - len(first)) * beyond / beyond.sum()
    whole: npt.NDArray[np.int64] = quotas.astype(np.int64)
    whole[np.argsort(whole - quotas, kind="stable")[: size - len(first) - int(whole.sum())]] += 1
    return places + whole


def _by_pod(
    rings: Sequence[Ring], wanted: npt.NDArray[np.int64], generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Places of each pod in each hour, in the proportion of what it decided; shape (pods, 24).

    Pods that no longer hold any payment of an hour have none. Whole places are cut at a random point, so
    that no pod is preferred where there are fewer places than pods.
    """
    decided = np.array(
        [ring.by_hour * (np.bincount(ring.facts.hours, minlength=HOURS) > 0) for ring in rings], np.int64
    ).reshape(-1, HOURS)
    upto = wanted * np.cumsum(decided, axis=0) / np.maximum(decided.sum(axis=0), 1)
    cuts = np.floor(upto + generator.random(HOURS))
    return np.diff(cuts, axis=0, prepend=0).astype(np.int64)


def _drawn(
    hours: npt.NDArray[np.integer[Any]], numbers: npt.NDArray[np.int64], generator: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Rows without replacement: `numbers` of each hour, or all where there are fewer."""
    rows = [
        generator.permutation(np.flatnonzero(hours == hour))[: numbers[hour]]
        for hour in range(HOURS)
        if numbers[hour]
    ]
    return np.concatenate([*rows, np.empty(0, np.intp)]).astype(np.intp)


def _in_order(
    facts: Sequence[Facts],
    served: Sequence[Answers],
    live: Sequence[npt.NDArray[np.bool_]],
    order: npt.NDArray[np.intp],
) -> Sample:
    together, answers = Facts.joined([*facts, _NO_FACTS]), joined([*served, _NO_ANSWERS])
    of_traffic = np.concatenate([*live, np.empty(0, np.bool_)])
    facts_in_order, live_in_order = together.take(order), of_traffic[order]
    return Sample(
        facts=facts_in_order,
        served=Answers(answers.scores[order], answers.decisions[order]),
        live=live_in_order,
        categories=_counted_by(facts_in_order.categories),
        hours_live=len(np.unique(facts_in_order.hours[live_in_order])),
        hours_missing=HOURS - len(np.unique(facts_in_order.hours)),
    )


def _counted_by(categories: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The most frequent names; the others, and names that are no text to show, as `OTHERS`.

    Anybody who pays can name a category. Each name would be a gate of its own, and have a share of the
    chance of a false alarm that the others then lack.
    """
    names, codes, sizes = np.unique(categories.astype(str), return_inverse=True, return_counts=True)
    frequent = np.argsort(-sizes, kind="stable")[:_MOST_CATEGORIES]
    shown = [code for code in frequent.tolist() if sizes[code] >= _FEWEST and names[code].isprintable()]
    return np.where(np.isin(codes, shown), categories, OTHERS)


_NO_FACTS: Final = Facts(
    np.empty(0, np.float64), np.empty(0, np.int8), np.empty(0, np.int8), np.empty(0, object)
)
_NO_ANSWERS: Final = Answers(np.empty(0, np.float32), np.empty(0, np.int8))
