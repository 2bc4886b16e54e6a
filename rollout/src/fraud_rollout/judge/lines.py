"""A finding in one line, in the same words everywhere."""

from typing import Final

from fraud_rollout.judge.gates import GATES, split
from fraud_rollout.judge.verdict import Finding, Role, Verdict

_CHANGES: Final = {
    "cost": "of stable's expected cost",
    "precision": "of average precision",
    "calibration": "of |mean score / fraud rate - 1|",
    "recall": "of recall",
    "saved": "of the cost of approving everything",
}


def line(finding: Finding, confidence: float = 0.99, after: str = "") -> str:
    """`decisions  FAIL  52 of 5,000 pairs differ (1.04 %; 99 % interval 0.71 to 1.49 %), tolerable ...`.

    `after` says what was spent on it, such as `1,600 pairs, 9 s`.
    """
    gate = split(finding.gate)[0]
    said = _change(finding, gate, confidence) if gate in _CHANGES else _count(finding, gate, confidence)
    ends = [_outlook(finding), finding.detail, f"after {after}" if after else ""]
    return f"{finding.gate}  {_word(finding)}  {'; '.join(filter(None, [said, *ends]))}"


def _word(finding: Finding) -> str:
    if finding.verdict is Verdict.FAIL and finding.role is Role.HOLD:
        return "HELD"
    return finding.verdict.upper()


def _count(finding: Finding, gate: str, confidence: float) -> str:
    kind = GATES[gate]
    if not finding.observations:
        return f"no {kind.unit} yet"
    said = f"{finding.events:,} of {finding.observations:,} {kind.unit} {kind.event}"
    if finding.low is None or finding.high is None:
        return said
    rate = (finding.events or 0) / finding.observations
    interval = f"{_percent(confidence)} interval {_percent(finding.low)} to {_percent(finding.high)}"
    return f"{said} ({_percent(rate)}; {interval}){_limits(finding, '{:.3g} %', 100)}"


def _percent(share: float) -> str:
    return f"{round(share * 100, 4):.3g} %"


def _change(finding: Finding, gate: str, confidence: float) -> str:
    form, scale = ("{:+.4f}", 1) if gate == "precision" else ("{:+.1f} %", 100)
    estimate = form.format(scale * (finding.estimate or 0.0))
    if finding.low is None or finding.high is None:
        least = form.format(scale * (finding.tolerable or 0.0))
        return f"{estimate} {_CHANGES[gate]}, at least {least}".replace("+", "")
    low, high = form.format(scale * finding.low), form.format(scale * finding.high)
    interval = f"{_percent(confidence)} interval {low} to {high}"
    return f"{estimate} {_CHANGES[gate]} ({interval}){_limits(finding, form, scale)}"


def _limits(finding: Finding, form: str, scale: float) -> str:
    named = {"tolerable": finding.tolerable, "harmful": finding.harmful}
    return "".join(
        f", {name} {form.format(scale * value)}" for name, value in named.items() if value is not None
    )


def _outlook(finding: Finding) -> str:
    if finding.undecidable:
        return "no verdict will come at this rate"
    return f"some {finding.needed:,} more needed at this rate" if finding.needed else ""
