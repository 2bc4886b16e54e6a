"""The one judgement of every online gate: events among observations against two limits."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log

from fraud_rollout.judge.gates import GATES, split
from fraud_rollout.judge.statistic import interval, log_evidence, needed, surely
from fraud_rollout.judge.verdict import Count, Finding, Role, Verdict


@dataclass(frozen=True)
class Rule:
    """How one gate is judged."""

    gate: str
    role: Role
    tolerable: float
    harmful: float | None
    """None for a gate that never passes by itself; it then says PASS until it fails."""
    alpha_pass: float
    """Chance of ever passing at the harmful rate or above."""
    alpha_fail: float
    """Chance of ever failing at the tolerable rate or below."""
    cap: int | None = None
    """Observations after which it must have decided; None where nothing waits for it."""


@lru_cache(maxsize=1024)  # counts that did not change are looked at again and again
def judge(rule: Rule, count: Count) -> Finding:
    """The verdict on `count`, with its evidence. Valid at every look, however often one looks.

    A rate that is surely above tolerable and surely below harmful gives INSUFFICIENT and `undecidable`.
    """
    k, n = count.events, count.observations
    fails = n > 0 and surely(k, n, rule.tolerable, rule.alpha_fail, above=True)
    below = n > 0 and rule.harmful is not None and surely(k, n, rule.harmful, rule.alpha_pass, above=False)
    low, high = interval(k, n, rule.alpha_pass)
    verdict, undecidable, more = Verdict.INSUFFICIENT, fails and below, None
    if fails and not below:
        verdict = Verdict.FAIL
    elif (below and not fails) or (rule.role is not Role.REQUIRED and not fails):
        verdict = Verdict.PASS
    elif not undecidable and rule.cap is not None:
        undecidable = _cannot_decide(rule, count, low, high, rule.cap)
        more = _needed(rule, count)
    return Finding(
        gate=rule.gate,
        role=rule.role,
        verdict=verdict,
        estimate=k / n if n else None,
        low=low,
        high=high,
        tolerable=rule.tolerable,
        harmful=rule.harmful,
        events=k,
        observations=n,
        needed=more,
        undecidable=undecidable,
    )


def _needed(rule: Rule, count: Count) -> int | None:
    k, n = count.events, count.observations
    if not n or rule.harmful is None:
        return None
    more = min(
        needed(k, n, rule.harmful, rule.alpha_pass, above=False),
        needed(k, n, rule.tolerable, rule.alpha_fail, above=True),
    )
    return None if more == inf else int(more) + 1


def _cannot_decide(rule: Rule, count: Count, low: float, high: float, cap: int) -> bool:
    """Whether neither verdict comes by the cap, even at the lowest or the highest credible rate."""
    k, n = count.events, count.observations
    left = max(0, cap - n)
    if rule.harmful is None:
        return False
    if not n:
        return left == 0
    passes = log_evidence(k + low * left, n + left, rule.harmful, above=False)
    fails = log_evidence(k + high * left, n + left, rule.tolerable, above=True)
    return not (_reaches(passes, rule.alpha_pass) or _reaches(fails, rule.alpha_fail))


def _reaches(evidence: float, alpha: float) -> bool:
    return evidence >= -log(alpha)


def judge_exact(gate: str, count: Count) -> Finding:
    """One event fails; none among at least one observation passes."""
    k, n = count.events, count.observations
    verdict = Verdict.FAIL if k else Verdict.PASS if n else Verdict.INSUFFICIENT
    return Finding(
        gate=gate,
        role=GATES[split(gate)[0]].role,
        verdict=verdict,
        estimate=k / n if n else None,
        events=k,
        observations=n,
    )


@lru_cache(maxsize=1024)
def judge_share(gate: str, count: Count, wanted: float, factor: float, alpha: float) -> Finding:
    """Whether a share of requests is what was wanted: fails when surely `factor` times more, or less.

    `wanted` is a share of 1 within (0, 1].
    """
    k, n = count.events, count.observations
    most, least = wanted * factor, wanted / factor
    above = n > 0 and most < 1 and surely(k, n, most, alpha / 2, above=True)
    below = n > 0 and surely(k, n, least, alpha / 2, above=False)
    low, high = interval(k, n, alpha)
    return Finding(
        gate=gate,
        role=GATES[gate].role,
        verdict=Verdict.FAIL if above or below else Verdict.PASS,
        estimate=k / n if n else None,
        low=low,
        high=high,
        tolerable=min(most, 1.0) if not below else least,
        events=k,
        observations=n,
        detail=f"wanted {wanted:.0%}",
    )
