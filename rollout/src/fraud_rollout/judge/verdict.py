"""Verdicts and the numbers behind them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    """Base of all values that a record keeps: immutable, strict about keys, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Verdict(StrEnum):
    """What a gate says."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INSUFFICIENT = "insufficient"
    """Not enough observations yet, or a rate between the limits."""
    ERROR = "error"
    """The evidence cannot be read or trusted."""


class Role(StrEnum):
    """What a verdict does to a rollout."""

    REQUIRED = "required"
    """Must pass; failing rejects."""
    VETO = "veto"
    """Failing rejects; passing is not needed."""
    HOLD = "hold"
    """Failing holds for a person: a business decision, not a fault."""


class Limits(Frozen):
    """The two rates of a gate, as shares of 1. Between them either verdict may come, or none."""

    tolerable: Annotated[float, Field(gt=0, lt=1)]
    """Surely above it: FAIL."""
    harmful: Annotated[float, Field(gt=0, lt=1)]
    """Surely below it: PASS."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tolerable >= self.harmful:
            raise ValueError(f"tolerable ({self.tolerable:g}) must lie below harmful ({self.harmful:g})")
        return self


class Count(Frozen):
    """`events` among `observations`: the whole state of an online gate."""

    events: Annotated[int, Field(ge=0)] = 0
    observations: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.events > self.observations:
            raise ValueError(f"{self.events} events among {self.observations} observations")
        return self

    def __add__(self, other: "Count") -> "Count":
        """Both together."""
        return Count(events=self.events + other.events, observations=self.observations + other.observations)


def _short(figure: float) -> float:
    return float(f"{figure:.5g}")


Figure = Annotated[float, AfterValidator(_short)]
"""Rounded to five digits, which is more than any of them means."""


class Finding(Frozen):
    """A gate's verdict with its evidence. Rates and changes are shares of 1."""

    gate: str
    """`decisions`, or `decisions[travel]` within a category."""
    role: Role
    verdict: Verdict
    estimate: Figure | None = None
    """The rate of events, or the measured change."""
    low: Figure | None = None
    high: Figure | None = None
    """Interval for people, at the strategy's confidence."""
    tolerable: Figure | None = None
    harmful: Figure | None = None
    """The limits it was judged by; None where only one of them exists."""
    events: int | None = None
    observations: int | None = None
    needed: int | None = None
    """More observations until a verdict, at the present rate; None where that is not known."""
    undecidable: bool = False
    """At the present rate no verdict will come within the cap."""
    detail: str = ""
    """What went wrong, for `error`; where the evidence came from, otherwise."""
