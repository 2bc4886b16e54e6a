"""Many rollouts at once: the judge's verdicts as thresholds on counts, and draws of payments against them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.rollouts.recorded import Recorded
from fraud_rollout.core.state.observed import Evidence, Source
from fraud_rollout.core.state.outcome import Outcome, conclude
from fraud_rollout.core.strategy.rules import Rules
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.online import Rule
from fraud_rollout.judge.statistic import surely
from fraud_rollout.judge.verdict import Role

LOOK: Final = 200
"""Pairs between looks: a batch of the shadow."""
_AT_ONCE: Final = 250
_NEVER: Final = 10**9
Counts = npt.NDArray[np.int64]


@lru_cache(maxsize=256)
def fails_from(boundary: float, alpha: float, most: int) -> Counts:
    """By number of observations, 0 to `most`, the fewest events that are surely above `boundary`."""
    events, found = 1, np.full(most + 1, _NEVER)
    for n in range(1, most + 1):
        while events <= n and not surely(events, n, boundary, alpha, above=True):
            events += 1
        if events <= n:
            found[n] = events
        events = max(1, min(events, n + 1))
    return found


@lru_cache(maxsize=256)
def passes_to(boundary: float, alpha: float, most: int) -> Counts:
    """By number of observations, the most events that are surely below `boundary`; -1 where none are."""
    events, found = -1, np.full(most + 1, -1)
    for n in range(1, most + 1):
        while events + 1 <= n and surely(events + 1, n, boundary, alpha, above=False):
            events += 1
        found[n] = events
    return found


@dataclass(frozen=True)
class Ends:
    """How simulated rollouts of one candidate ended."""

    outcomes: Counter[Outcome]
    pairs: Counts
    """Pairs at the verdict, by rollout; 0 where no shadow was needed."""
    gates: Counter[str]
    """What decided those that failed or were held."""

    def share(self, *outcomes: Outcome) -> float:
        """Of all, those with one of the outcomes."""
        return sum(self.outcomes[each] for each in outcomes) / self.outcomes.total()


def simulate(recorded: Recorded, strategy: Strategy, runs: int, generator: np.random.Generator) -> Ends:
    """`runs` rollouts up to the end of the shadow: one evaluation, then payments of the traffic window."""
    evaluation = recorded.evaluation
    now = datetime.min.replace(tzinfo=UTC)
    evidence = Evidence(candidate="", since=now, at=now, evaluation=evaluation)
    gain = Rules(strategy).certain_gain(evaluation)
    rules = Rules(strategy, gain=gain)
    findings = rules.findings(Source.EVALUATION, evidence, first=False)
    before = conclude(findings, complete=False)
    if before.outcome is not Outcome.PASSED:
        gate = before.reason.split("  ")[0]
        return Ends(Counter({before.outcome: runs}), np.zeros(runs, np.int64), Counter({gate: runs}))
    indicators = recorded.indicators()
    judged = list(rules.pair_rules(indicators, strategy.pairs))
    if not any(rule.role is Role.REQUIRED for rule in judged):
        return Ends(Counter({Outcome.PASSED: runs}), np.zeros(runs, np.int64), Counter())
    parts = [
        _shadows(recorded, judged, strategy.pairs, min(_AT_ONCE, runs - start), generator)
        for start in range(0, runs, _AT_ONCE)
    ]
    return Ends(
        sum((part.outcomes for part in parts), Counter()),
        np.concatenate([part.pairs for part in parts]),
        sum((part.gates for part in parts), Counter()),
    )


def _shadows(
    recorded: Recorded, rules: Sequence[Rule], cap: int, runs: int, generator: np.random.Generator
) -> Ends:
    looks = cap // LOOK
    sizes = recorded.sizes
    drawn = generator.multinomial(LOOK, sizes / sizes.sum(), (runs, looks)).cumsum(axis=1).astype(np.float64)
    indicators = recorded.indicators()
    shape = (runs, looks)
    failed, undecided, waiting, loaded = (np.zeros(shape, bool) for _ in range(4))
    by_gate: list[tuple[str, npt.NDArray[np.bool_]]] = []
    for rule in rules:
        events, observations = indicators[rule.gate]
        k, n = (drawn @ events).astype(int), (drawn @ observations).astype(int)
        above = k >= fails_from(rule.tolerable, rule.alpha_fail, 2 * cap)[n]
        below = np.zeros(shape, bool)
        if rule.harmful is not None:
            below = k <= passes_to(rule.harmful, rule.alpha_pass, 2 * cap)[n]
        if rule.role is Role.HOLD:
            loaded |= above
        else:
            failed |= above & ~below
            undecided |= above & below
        if rule.role is Role.REQUIRED:
            waiting |= ~below | above
        by_gate.append((rule.gate, above & ~below))
    waiting[:, -1], undecided[:, -1] = False, undecided[:, -1] | waiting[:, -1]
    done = failed | undecided | ~waiting
    first = done.argmax(axis=1)
    rows = np.arange(runs)
    outcomes = np.select(
        [each[rows, first] for each in (failed, undecided, loaded)],
        [Outcome.FAILED.value, Outcome.UNDECIDED.value, Outcome.LOADED.value],
        Outcome.PASSED.value,
    )
    gates = Counter(
        next((name for name, above in by_gate if above[row, look]), "pairs at the cap")
        for row, look in zip(rows, first, strict=True)
        if outcomes[row] != Outcome.PASSED.value
    )
    return Ends(Counter(map(Outcome, outcomes.tolist())), (first + 1) * LOOK, gates)
