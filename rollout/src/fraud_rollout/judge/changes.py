"""Judging a change that was measured once, on labelled payments."""

from math import inf

from fraud_rollout.judge.evaluation import Change, Difference
from fraud_rollout.judge.verdict import Finding, Role, Verdict


def judge_change(
    gate: str, change: Change, tolerable: float, harmful: float, alphas: tuple[float, float]
) -> Finding:
    """FAIL when surely worse than `tolerable`, PASS when surely better than `harmful`, else held.

    The limits carry the sign of what is worse: both above 0 where more is worse, both below 0 where less
    is. `alphas` are the chances of a wrong PASS and of a wrong FAIL.
    """
    alpha_pass, alpha_fail = alphas
    if harmful > 0:
        fails = change.quantile(alpha_fail) > tolerable
        passes = change.quantile(1 - alpha_pass) < harmful
    else:
        fails = change.quantile(1 - alpha_fail) < tolerable
        passes = change.quantile(alpha_pass) > harmful
    verdict = Verdict.FAIL if fails else Verdict.PASS if passes else Verdict.INSUFFICIENT
    return Finding(
        gate=gate,
        role=Role.REQUIRED,
        verdict=verdict,
        estimate=change.estimate,
        low=change.quantile(alpha_pass / 2),
        high=change.quantile(1 - alpha_pass / 2),
        tolerable=tolerable,
        harmful=harmful,
        undecidable=verdict is Verdict.INSUFFICIENT,
    )


def without_verdict(finding: Finding, frauds: int, least: int) -> Finding:
    """The same evidence, from too few frauds for a verdict: resamples of few show too little spread."""
    return finding.model_copy(
        update={
            "verdict": Verdict.INSUFFICIENT,
            "undecidable": False,
            "detail": f"{frauds:,} frauds among the labelled payments, a verdict takes {least:,}",
        }
    )


def judge_margin(
    gate: str, difference: Difference, margin: float, alpha: float, *, widest: float = inf
) -> Finding:
    """FAIL when surely worse than stable by more than `margin`, which carries the sign of what is worse.

    `widest` is the largest difference that there can be, either way: 1 for shares.
    """
    low = max(difference.normal_quantile(alpha), -widest)
    high = min(difference.normal_quantile(1 - alpha), widest)
    fails = low > margin if margin > 0 else high < margin
    return Finding(
        gate=gate,
        role=Role.VETO,
        verdict=Verdict.FAIL if fails else Verdict.PASS,
        estimate=difference.estimate,
        low=low,
        high=high,
        tolerable=margin,
    )


def judge_bar(gate: str, figure: float, bar: float) -> Finding:
    """What the first release of all reaches, against the least that is asked."""
    return Finding(
        gate=gate,
        role=Role.REQUIRED,
        verdict=Verdict.PASS if figure >= bar else Verdict.FAIL,
        estimate=figure,
        tolerable=bar,
    )
