"""What a monitoring run holds, and where it is kept."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fraud_contract.artifacts.training_record import Table
from fraud_registry.references import Name

_MOST_KEYS = 1_000
_MOST_BINS = 512
"""W&B's own limit."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Bins(_Part):
    """A histogram: `counts` between neighbouring `edges`, of which there is one more."""

    counts: Annotated[tuple[float, ...], Field(max_length=_MOST_BINS)]
    edges: tuple[float, ...]


class Bar(_Part):
    """A table that is shown as bars of `value`, one for each `label`."""

    table: Table
    label: str
    value: str
    title: str


class MonitoringRow(_Part):
    """Everything of one window."""

    step: Annotated[int, Field(ge=0)]
    """Grows from row to row. A row whose step the run has already is not added again."""
    at: float
    """When the window ended, in seconds since 1970."""
    figures: Annotated[dict[str, float], Field(max_length=_MOST_KEYS)]
    histograms: dict[str, Bins] = {}
    bars: dict[str, Bar] = {}


class MonitoringRun(_Part):
    """The run that rows are added to; made by the first of them."""

    id: Name
    name: str
    group: str
    config: dict[str, Any]


class LoggedMonitoring(_Part):
    """Where the rows are now."""

    run_url: str
    last_step: int
    """Of the rows that the registry has."""
    added: Annotated[int, Field(ge=0)]
    """Rows, the last of those that were asked for; the others' steps the run had already."""
