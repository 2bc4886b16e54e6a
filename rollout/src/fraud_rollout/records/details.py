"""What a report shows beyond the record: too much for it, and nothing is judged by it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_PAIRS = 2_000
_MOST_POINTS = 200


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ChangedFact(_Part):
    """One difference between the candidate and stable."""

    topic: str
    """`model`, `data`, `parameters`, `features`, `policy`, …"""
    name: str
    stable: str
    candidate: str


class Pairs(_Part):
    """Payments that both releases answered, in columns: those that they answered differently, and others."""

    drawn_from: int = 0
    """Pairs that there were."""
    amounts: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    stable_scores: tuple[float, ...] = ()
    candidate_scores: tuple[float, ...] = ()
    stable_decisions: tuple[int, ...] = ()
    candidate_decisions: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _of_one_length(self) -> "Pairs":
        lengths = {
            len(self.amounts),
            len(self.categories),
            len(self.hours),
            len(self.stable_scores),
            len(self.candidate_scores),
            len(self.stable_decisions),
            len(self.candidate_decisions),
        }
        if len(lengths) != 1 or lengths.pop() > MOST_PAIRS:
            raise ValueError(f"columns differ in length, or are longer than {MOST_PAIRS}")
        return self


class Move(_Part):
    """Labelled payments that went from one decision to another."""

    before: Literal["approve", "review", "block"]
    after: Literal["approve", "review", "block"]
    frauds: int
    fraud_amount: float
    """Sum of their amounts, in the card's currency."""
    genuine: int
    genuine_amount: float


class Curve(_Part):
    """Points of a curve, at most 200."""

    x: Annotated[tuple[float, ...], Field(max_length=_MOST_POINTS)] = ()
    y: Annotated[tuple[float, ...], Field(max_length=_MOST_POINTS)] = ()


class Curves(_Part):
    """Curves of one release on labelled payments."""

    precision_recall: Curve = Curve()
    """Precision by recall."""
    calibration: Curve = Curve()
    """Share of frauds by mean score, in bins of equal number."""


class Latency(_Part):
    """Seconds from a request to its answer, at one weight."""

    weight: int
    stable: Mapping[str, float]
    """By quantile: `p50`, `p90`, `p99`."""
    candidate: Mapping[str, float]


class Details(_Part):
    """All of it; every part may be missing."""

    schema_version: Literal[1] = 1
    command: str = ""
    """What gives this judgement again."""
    offline: bool = False
    """Judged on labelled payments only; no traffic was or will be moved by it."""
    changes: tuple[ChangedFact, ...] = ()
    pairs: Pairs = Pairs()
    moves: tuple[Move, ...] = ()
    curves: Mapping[Literal["stable", "candidate"], Curves] = {}
    latency: tuple[Latency, ...] = ()
    notes: tuple[str, ...] = ()
    """What people should know of the evidence."""
