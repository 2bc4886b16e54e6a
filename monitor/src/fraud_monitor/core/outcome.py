"""Whether what a release decides, and what that is expected to cost, has moved.

Without labels: the scores are calibrated, so the sum over payments of the policy's own formula is the cost to
expect (`fraud_contract.policy`).
"""

from math import inf, sqrt
from typing import Final

from pydantic import BaseModel, ConfigDict

from fraud_contract.artifacts.loading import OutcomeReference
from fraud_monitor.core.drift import State
from fraud_monitor.core.profile import Profile

NEEDED: Final = 1_000
"""Payments; one in a hundred is not approved."""
_Z: Final = 4.0
"""Standard errors that a share must lie off."""
_FLAGGED: Final = 20.0
"""Payments not approved, below which a cost is chance: some of them carry most of it."""


class OutcomeDrift(BaseModel):
    """One outcome against its reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    span: str
    value: float | None
    reference: float | None
    payments: float
    state: State


def outcomes_of(
    profile: Profile, reference: OutcomeReference | None, span: str, *, factor: float, covered: bool
) -> list[OutcomeDrift]:
    """Share not approved, share blocked, and expected cost per 1,000 payments, each against the reference.

    An outcome has moved where it is more than `factor` times, or less than 1 / `factor` of, the reference.
    """
    payments = profile.payments
    enough = covered and payments >= NEEDED
    approved, reviewed, blocked = profile.decisions
    counts = {"not approved": reviewed + blocked, "blocked": blocked}
    found = list[OutcomeDrift]()
    for name, count in counts.items():
        value = count / payments if payments else None
        before = None if reference is None else _share(reference, name)
        moved = value is not None and before is not None and _off(value, before, factor)
        if moved and reference is not None and value is not None and before is not None:
            error = sqrt(before * (1 - before) * (1 / payments + 1 / sum(reference.decisions)))
            moved = abs(value - before) > _Z * error
        found.append(_outcome(name, span, value, before, payments, moved=moved, enough=enough))
    cost = 1_000 * profile.expected_cost / payments if payments else None
    usual = None if reference is None else 1_000 * reference.expected_cost / sum(reference.decisions)
    moved = cost is not None and usual is not None and _off(cost, usual, factor)
    found.append(
        _outcome(
            "expected cost per 1,000",
            span,
            cost,
            usual,
            payments,
            moved=moved,
            enough=enough and payments - approved >= _FLAGGED,
        )
    )
    return found


def _share(reference: OutcomeReference, name: str) -> float:
    approved, _, blocked = reference.decisions
    total = sum(reference.decisions)
    return (blocked if name == "blocked" else total - approved) / total


def _off(value: float, reference: float, factor: float) -> bool:
    ratio = value / reference if reference else inf if value else 1.0
    return not 1 / factor <= ratio <= factor


def _outcome(  # noqa: PLR0913 - a figure and all that it is judged by
    name: str,
    span: str,
    value: float | None,
    reference: float | None,
    payments: float,
    *,
    moved: bool,
    enough: bool,
) -> OutcomeDrift:
    state = State.MOVED if moved else State.STABLE
    if reference is None:
        state = State.NO_REFERENCE
    elif not enough:
        state = State.INSUFFICIENT
    return OutcomeDrift(
        name=name, span=span, value=value, reference=reference, payments=payments, state=state
    )
