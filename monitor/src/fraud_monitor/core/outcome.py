"""Whether what a release decides, and what that is expected to cost, has moved.

Without labels: the scores are calibrated, so the sum over payments of the policy's own formula is the cost to
expect (`fraud_contract.policy`).
"""

from math import sqrt
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
    lower: float | None = None
    upper: float | None = None
    """Outside of which it has moved; None where it is not judged."""
    payments: float
    state: State


def outcomes_of(
    profile: Profile, reference: OutcomeReference | None, span: str, *, factor: float, covered: bool
) -> list[OutcomeDrift]:
    """Share not approved, share blocked, and expected cost per 1,000 payments, each against the reference.

    An outcome has moved where it is more than `factor` times, or less than 1 / `factor` of, the reference,
    and chance does not explain it.
    """
    payments, (approved, reviewed, blocked) = profile.payments, profile.decisions
    enough = covered and payments >= NEEDED
    counts = {"not approved": reviewed + blocked, "blocked": blocked}
    found = list[OutcomeDrift]()
    for name, count in counts.items():
        value = count / payments if payments else None
        usual = None if reference is None else _share(reference, name)
        error = 0.0
        if reference is not None and usual is not None and payments:
            error = sqrt(usual * (1 - usual) * (1 / payments + 1 / sum(reference.decisions)))
        found.append(_outcome(name, span, value, usual, payments, factor, _Z * error, enough=enough))
    cost = 1_000 * profile.expected_cost / payments if payments else None
    usual = None if reference is None else 1_000 * reference.expected_cost / sum(reference.decisions)
    enough = enough and payments - approved >= _FLAGGED
    found.append(_outcome("expected cost per 1,000", span, cost, usual, payments, factor, 0.0, enough=enough))
    return found


def _share(reference: OutcomeReference, name: str) -> float:
    approved, _, blocked = reference.decisions
    total = sum(reference.decisions)
    return (blocked if name == "blocked" else total - approved) / total


def _outcome(  # noqa: PLR0913, PLR0917 - a figure and all that it is judged by
    name: str,
    span: str,
    value: float | None,
    reference: float | None,
    payments: float,
    factor: float,
    by_chance: float,
    *,
    enough: bool,
) -> OutcomeDrift:
    lower = upper = None
    if reference is None:
        state = State.NO_REFERENCE
    elif not enough or value is None:
        state = State.INSUFFICIENT
    else:
        lower = max(0.0, min(reference / factor, reference - by_chance))
        upper = max(reference * factor, reference + by_chance)
        state = State.STABLE if lower <= value <= upper else State.MOVED
    return OutcomeDrift(
        name=name,
        span=span,
        value=value,
        reference=reference,
        lower=lower,
        upper=upper,
        payments=payments,
        state=state,
    )
