"""The gates by name: what each counts, and what it does to a rollout."""

from dataclasses import dataclass
from typing import Final

from fraud_rollout.judge.verdict import Role


@dataclass(frozen=True)
class Gate:
    """What is counted, in words."""

    name: str
    role: Role
    unit: str
    """What an observation is, in the plural."""
    event: str
    """What an event is: "52 of 5,000 pairs <event>"."""
    per_category: bool = False
    """Counted within each category too, under `name[category]`, where it is a veto at most."""


LOOKS: Final = "looks"
"""Unit of gates that are looked at in time, however many requests come."""
GATES: Final = {
    gate.name: gate
    for gate in (
        Gate("golden", Role.REQUIRED, "golden rows", "differ"),
        Gate("decisions", Role.REQUIRED, "pairs", "differ", per_category=True),
        Gate("scores", Role.REQUIRED, "pairs", "differ", per_category=True),
        # Half of the reviews (blocks) by either release are the candidate's when nothing changed.
        Gate("reviews", Role.HOLD, "reviews by either", "are the candidate's", per_category=True),
        Gate("blocks", Role.HOLD, "blocks by either", "are the candidate's", per_category=True),
        Gate("errors", Role.REQUIRED, "requests", "failed"),
        Gate("slow", Role.REQUIRED, "requests", "were slower than stable's p99"),
        # Of all requests at this weight, to either release.
        Gate("weight", Role.VETO, "requests", "went to the candidate"),
        Gate("restarts", Role.VETO, LOOKS, "found a restart"),
        # Required, so that a weight lasts for the looks that show growth, however fast requests come.
        Gate("memory", Role.REQUIRED, LOOKS, "found memory grown beyond 1.5 times stable's"),
    )
}


def within(gate: str, category: str) -> str:
    """The name of `gate` within a category."""
    return f"{gate}[{category}]"


def split(name: str) -> tuple[str, str]:
    """The gate and the category of a name; the category is empty where the gate is over all."""
    gate, _, rest = name.partition("[")
    return gate, rest.removesuffix("]")
