"""Whether the traffic there is can bring the evidence that a weight asks for before its deadline."""

from collections.abc import Sequence
from datetime import timedelta
from math import log, sqrt
from typing import Final

from fraud_rollout.core.moves import EVERYTHING, waited
from fraud_rollout.core.state.observed import Evidence
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.duration import write
from fraud_rollout.judge.gates import GATES, LOOKS, split
from fraud_rollout.judge.lines import line
from fraud_rollout.judge.verdict import Finding, Role, Verdict

_EARLIEST: Final = timedelta(seconds=10)
"""Before it, routes may have changed only just."""
_SPREAD: Final = 2.0
"""Of the square root of a Poisson count, which has the standard deviation 1/2: four of them."""


def too_thin(record: Record, evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Why the evidence surely comes too late; empty while it may come in time.

    The rate is that of all requests, to either release, times the candidate's weight: at a small weight they
    tell it far sooner than the candidate's own. It is taken as high as it can be.
    """
    elapsed = waited(evidence.since, evidence.at)
    lacking = [each for each in findings if _waits_for_requests(each)]
    counted = evidence.counts.get("weight")
    if elapsed < _EARLIEST or not lacking or not evidence.weight:
        return ""
    finding = max(lacking, key=lambda each: _needed(each, record.strategy.confidence))
    requests = counted.observations if counted else 0
    share = evidence.weight / EVERYTHING
    fastest = (sqrt(requests + 1) + _SPREAD) ** 2 * share / elapsed.total_seconds()
    left = record.strategy.deadlines.evidence - elapsed
    soonest = timedelta(seconds=_needed(finding, record.strategy.confidence) / fastest)
    if soonest <= left:
        return ""
    return (
        f"too little traffic: {requests:,} requests in {write(elapsed)}, {evidence.weight} % of them for the "
        f"candidate, so no verdict within {write(max(left, timedelta()))}; send more and resume, "
        f"or promote, or abort; {line(finding)}"
    )


def _waits_for_requests(finding: Finding) -> bool:
    counts_requests = GATES[split(finding.gate)[0]].unit != LOOKS
    return finding.role is Role.REQUIRED and finding.verdict is not Verdict.PASS and counts_requests


def _needed(finding: Finding, confidence: float) -> float:
    """More observations until a verdict; before the first one, as many as show a rate of nothing."""
    if finding.observations:
        return float(finding.needed or 0)
    return log(1 / (1 - confidence)) / finding.harmful if finding.harmful else 1.0
