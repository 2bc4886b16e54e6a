"""The table of gates: what each source's evidence is judged by, under a strategy.

The chance of a false FAIL, 1 - confidence for the whole rollout, is shared out: a quarter each to `cost` and
`precision`, the other half to the three sources alike, and there one half to the gates over all and one to
those within categories. A false PASS needs no sharing, because all required gates must pass.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from fraud_rollout.core.state.observed import Evidence, Source
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.changes import judge_bar, judge_change, judge_margin, without_verdict
from fraud_rollout.judge.evaluation import Evaluation
from fraud_rollout.judge.gates import GATES, split
from fraud_rollout.judge.online import Rule, judge, judge_exact, judge_share
from fraud_rollout.judge.verdict import Count, Finding, Limits, Role

EVERYTHING: Final = 100
"""Percent."""
COMPARED: Final = ("decisions", "scores", "reviews", "blocks")
"""Gates on pairs of answers."""
WEIGHED: Final = ("errors", "slow", "memory")
"""Gates on live traffic that have limits of their own in the strategy."""
_RESAMPLED: Final = ("cost", "precision")
_FIXED_CHANGES: Final = len(_RESAMPLED)
_SOURCES: Final = 3
_SHARE_FACTOR: Final = 1.5
"""A share of traffic is as wanted within this factor, both ways."""
_NO_COUNT: Final = Count()


class Rules:
    """A strategy, ready to judge evidence."""

    def __init__(self, strategy: Strategy, *, gain: bool = False) -> None:
        self._strategy = strategy
        self._alpha = 1 - strategy.confidence
        self._widening = strategy.gain.widens if gain else 1.0

    def findings(self, source: Source, evidence: Evidence, *, first: bool) -> tuple[Finding, ...]:
        """What `evidence` shows; `first` for the first release of all, which has nothing to equal."""
        match source:
            case Source.GOLDEN:
                return (judge_exact("golden", evidence.counts.get("golden", _NO_COUNT)),)
            case Source.EVALUATION:
                return tuple(self._evaluated(evidence.evaluation, first=first))
            case Source.SHADOW:
                return tuple(self._pairs(evidence.counts, self._strategy.pairs))
            case Source.TRAFFIC:
                return tuple(self._traffic(evidence, first=first))

    def certain_gain(self, evaluation: Evaluation) -> bool:
        """Whether cost surely fell, or precision surely rose while cost passes."""
        if evaluation.frauds < self._strategy.evaluation.frauds:
            return False
        cost, precision, limits = evaluation.cost, evaluation.precision, self._strategy.cost
        if cost.quantile(1 - self._alpha) < 0:
            return True
        costs_pass = limits is not None and cost.quantile(1 - self._alpha) < limits.harmful
        return costs_pass and precision.quantile(self._alpha) > 0

    def _evaluated(self, evaluation: Evaluation | None, *, first: bool) -> Iterator[Finding]:
        if evaluation is None:
            return
        if first:
            yield from self._bars(evaluation)
            return
        least = self._strategy.evaluation.frauds
        for finding in self._changes(evaluation):
            resampled = finding.gate in _RESAMPLED and evaluation.frauds < least
            yield without_verdict(finding, evaluation.frauds, least) if resampled else finding
        yield from self._pairs(evaluation.counts, 0)

    def _bars(self, evaluation: Evaluation) -> Iterator[Finding]:
        bars = self._strategy.bars
        yield judge_bar("precision", evaluation.precision.candidate, bars.precision)
        yield judge_bar("saved", evaluation.saved, bars.saved)

    def _changes(self, evaluation: Evaluation) -> Iterator[Finding]:
        strategy, alphas = self._strategy, (self._alpha, self._alpha / (2 * _FIXED_CHANGES))
        if (limits := strategy.cost) is not None:
            yield judge_change("cost", evaluation.cost, limits.tolerable, limits.harmful, alphas)
        if (limits := strategy.precision) is not None:
            yield judge_change("precision", evaluation.precision, -limits.tolerable, -limits.harmful, alphas)
        if strategy.calibration is not None:
            yield judge_margin(
                "calibration", evaluation.calibration, strategy.calibration, self._overall(len(COMPARED))
            )
        if strategy.recall is not None:
            alpha = self._overall(max(1, len(evaluation.recall)))
            for name, difference in evaluation.recall.items():
                yield judge_margin(f"recall[{name}]", difference, -strategy.recall, alpha, widest=1.0)

    def _pairs(self, counts: Mapping[str, Count], cap: int) -> Iterator[Finding]:
        for rule in self.pair_rules(counts, cap):
            yield judge(rule, counts.get(rule.gate, _NO_COUNT))

    def pair_rules(self, counted: Collection[str], cap: int) -> Iterator[Rule]:
        """How both releases' answers are judged, the gates in `counted` being known.

        `cap` is the most pairs that will be compared; 0 for labelled payments, where those over all are no
        gates: how much changes is asked of real traffic.
        """
        within = [name for name in counted if split(name)[1] and split(name)[0] in COMPARED]
        over_all = COMPARED if cap else tuple(each for each in COMPARED if GATES[each].role is Role.HOLD)
        for name in (*over_all, *within):
            gate, category = split(name)
            alpha = self._overall(len(within) if category else len(COMPARED))
            rule = self._pair_rule(name, gate, category, alpha, cap)
            if rule is not None:
                yield rule

    def _pair_rule(self, name: str, gate: str, category: str, alpha: float, cap: int) -> Rule | None:
        strategy = self._strategy
        if GATES[gate].role is Role.HOLD:
            if strategy.load is None:
                return None
            return Rule(name, Role.HOLD, strategy.load / (1 + strategy.load), None, self._alpha, alpha)
        limits: Limits | None = getattr(strategy.gates, gate)
        if limits is None:
            return None
        if category:
            if strategy.gates.categories is None:
                return None
            return self._rule(name, Role.VETO, strategy.gates.categories, alpha, None)
        return self._rule(name, Role.REQUIRED, limits, alpha, cap)

    def _rule(self, name: str, role: Role, limits: Limits, alpha: float, cap: int | None) -> Rule:
        wider = min(self._widening, 0.99 / limits.harmful)
        return Rule(name, role, limits.tolerable * wider, limits.harmful * wider, self._alpha, alpha, cap)

    def _traffic(self, evidence: Evidence, *, first: bool) -> Iterator[Finding]:
        strategy, counts = self._strategy, evidence.counts
        stays = len(strategy.steps) + 1
        alpha = self._overall((len(WEIGHED) + 1) * stays)
        for gate in WEIGHED:
            limits: Limits | None = getattr(strategy.gates, gate)
            # Where stable serves nothing, there may be nothing to be slower or larger than.
            alone = first or evidence.weight == EVERYTHING
            if limits is None or (alone and gate != "errors" and gate not in counts):
                continue
            role = GATES[gate].role
            cap = strategy.requests if role is Role.REQUIRED else None
            rule = Rule(gate, role, limits.tolerable, limits.harmful, self._alpha, alpha, cap)
            yield judge(rule, counts.get(gate, _NO_COUNT))
        yield judge_exact("restarts", counts.get("restarts", _NO_COUNT))
        wanted = evidence.weight / EVERYTHING
        if not first and wanted:
            yield judge_share("weight", counts.get("weight", _NO_COUNT), wanted, _SHARE_FACTOR, alpha)

    def _overall(self, gates: int) -> float:
        """The chance of a false FAIL of one of `gates` that share a source's half."""
        return self._alpha / 2 / _SOURCES / 2 / gates
