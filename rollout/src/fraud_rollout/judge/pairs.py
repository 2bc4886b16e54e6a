"""Both releases' answers to the same payments, as counts for the gates."""

import numpy as np
import numpy.typing as npt

from fraud_contract.policy import Decision
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.gates import within
from fraud_rollout.judge.verdict import Count


def pair_counts(
    stable: Answers, candidate: Answers, categories: npt.NDArray[np.object_], difference: float
) -> dict[str, Count]:
    """Counts of `decisions`, `scores`, `reviews` and `blocks`, over all and within each category.

    Counts of disjoint rows add up. `difference` is what scores must differ by to count. `categories` are
    names; all three are in the same order, shape (n,).
    """
    names, codes = np.unique(categories.astype(str), return_inverse=True)
    distance = np.abs(candidate.scores.astype(np.float64) - stable.scores)
    counts = _events("decisions", stable.decisions != candidate.decisions, names, codes)
    counts |= _events("scores", distance > difference, names, codes)
    for gate, decision in (("reviews", Decision.REVIEW), ("blocks", Decision.BLOCK)):
        ours, theirs = candidate.decisions == decision, stable.decisions == decision
        counts |= _shares(gate, ours, theirs, names, codes)
    return counts


_Flags = npt.NDArray[np.bool_]
_Codes = npt.NDArray[np.intp]


def _events(gate: str, events: _Flags, names: npt.NDArray[np.str_], codes: _Codes) -> dict[str, Count]:
    """Rows with an event, among all rows."""
    size = len(names)
    return _by_category(gate, np.bincount(codes[events], minlength=size), np.bincount(codes), names)


def _shares(
    gate: str, ours: _Flags, theirs: _Flags, names: npt.NDArray[np.str_], codes: _Codes
) -> dict[str, Count]:
    """The candidate's, among both releases'."""
    size = len(names)
    own = np.bincount(codes[ours], minlength=size)
    return _by_category(gate, own, own + np.bincount(codes[theirs], minlength=size), names)


def _by_category(
    gate: str, events: _Codes, observations: _Codes, names: npt.NDArray[np.str_]
) -> dict[str, Count]:
    counts = {gate: Count(events=int(events.sum()), observations=int(observations.sum()))}
    for name, k, n in zip(names.tolist(), events.tolist(), observations.tolist(), strict=True):
        counts[within(gate, name)] = Count(events=k, observations=n)
    return counts
