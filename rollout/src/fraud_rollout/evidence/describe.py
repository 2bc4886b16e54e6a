"""What a report shows of two releases and their answers, boiled down from models and columns."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.loading import ModelArtifact
from fraud_contract.policy import DECISIONS
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.judge.answers import Answers, Payments
from fraud_rollout.records.details import MOST_PAIRS, ChangedFact, Curve, Curves, Move, Pairs

_POINTS: Final = 100
_BINS: Final = 20
_LONGEST: Final = 300
"""Characters of a value."""


def changes_between(stable: ModelArtifact | None, candidate: ModelArtifact) -> tuple[ChangedFact, ...]:
    """What differs between the two models; for the first release of all, everything."""
    before, after = (dict(_facts(each)) if each else {} for each in (stable, candidate))
    return tuple(
        ChangedFact(topic=key[0], name=key[1], stable=before.get(key, ""), candidate=after.get(key, ""))
        for key in before | after
        if before.get(key) != after.get(key)
    )


def _facts(model: ModelArtifact) -> Iterator[tuple[tuple[str, str], str]]:
    document = model.document
    yield ("model", "digest"), model.digest
    yield ("model", "trained"), document.trained
    yield ("features", "preprocessor"), document.preprocessor.digest
    yield ("features", "feature spec"), document.preprocessor.feature_spec_hash
    yield from _flat("policy", document.policy.model_dump(mode="json"))
    yield from _flat("calibration", document.calibration.model_dump(mode="json"))
    yield from _flat("parameters", document.parameters)
    yield from _flat("data", document.data)
    yield from _flat("libraries", document.libraries)


def _flat(topic: str, values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[tuple[str, str], str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(topic, value, f"{prefix}{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield (topic, f"{prefix}{name}"), text[:_LONGEST]


def pairs_of(facts: Facts, stable: Answers, candidate: Answers) -> Pairs:
    """Some pairs: of those that differ and of the others at most half of `MOST_PAIRS` each, evenly taken."""
    differ = stable.decisions != candidate.decisions
    rows = np.sort(
        np.concatenate([_evenly(np.flatnonzero(kind), MOST_PAIRS // 2) for kind in (differ, ~differ)])
    )
    return Pairs(
        drawn_from=len(facts),
        amounts=tuple(facts.amounts[rows].tolist()),
        categories=tuple(facts.categories[rows].tolist()),
        hours=tuple(facts.hours[rows].tolist()),
        stable_scores=_rounded(stable.scores[rows]),
        candidate_scores=_rounded(candidate.scores[rows]),
        stable_decisions=tuple(stable.decisions[rows].tolist()),
        candidate_decisions=tuple(candidate.decisions[rows].tolist()),
    )


def moves_of(payments: Payments, stable: Answers, candidate: Answers) -> tuple[Move, ...]:
    """How many labelled payments went from one decision to another, and what was at stake in them."""
    moves = []
    for before in DECISIONS:
        for after in DECISIONS:
            rows = (stable.decisions == before) & (candidate.decisions == after)
            if before is after or not rows.any():
                continue
            frauds, genuine = rows & payments.fraud, rows & ~payments.fraud
            moves.append(
                Move(
                    before=before.label,
                    after=after.label,
                    frauds=int(frauds.sum()),
                    fraud_amount=round(float(payments.amounts[frauds].sum()), 2),
                    genuine=int(genuine.sum()),
                    genuine_amount=round(float(payments.amounts[genuine].sum()), 2),
                )
            )
    return tuple(moves)


def curves_of(payments: Payments, answers: Answers) -> Curves:
    """Curves of one release's scores on labelled payments."""
    order = np.argsort(-answers.scores, kind="stable")
    fraud = payments.fraud[order]
    caught = np.cumsum(fraud)
    at = _evenly(np.flatnonzero(fraud), _POINTS)
    precision = caught[at] / (at + 1)
    bins = [each for each in np.array_split(order[::-1], _BINS * 5)[-_BINS:] if len(each)]
    return Curves(
        precision_recall=Curve(x=_rounded(caught[at] / max(caught[-1], 1)), y=_rounded(precision)),
        calibration=Curve(
            x=_rounded(np.asarray([answers.scores[each].mean() for each in bins])),
            y=_rounded(np.asarray([payments.fraud[each].mean() for each in bins])),
        ),
    )


def _evenly(rows: npt.NDArray[np.intp], number: int) -> npt.NDArray[np.intp]:
    """At most `number` of the rows, the first and the last among them."""
    if len(rows) <= number:
        return rows
    return rows[np.linspace(0, len(rows) - 1, number).astype(np.intp)]


def _rounded(values: npt.NDArray[Any]) -> tuple[float, ...]:
    return tuple(float(f"{value:.5g}") for value in values.tolist())
