"""Which W&B run a window belongs to, and at which step."""

from datetime import UTC, datetime, timedelta
from typing import Final

STEP: Final = 30.0
"""Seconds of a step: a run has at most one row in each."""


def week_of(moment: float) -> datetime:
    """The Monday, 00:00 UTC, of the week of that moment in seconds since 1970."""
    at = datetime.fromtimestamp(moment, UTC)
    return datetime(at.year, at.month, at.day, tzinfo=UTC) - timedelta(days=at.weekday())


def run_id(installation: str, release: str, moment: float) -> str:
    """One run a week: W&B shows some 10,000 points of a histogram."""
    year, week, _ = week_of(moment).isocalendar()
    return f"monitoring-{installation}-{release}-{year}-w{week:02d}"


def step_of(moment: float) -> int:
    """Steps since the week began: by the clock, so that a monitor that lost everything goes on behind."""
    return int((moment - week_of(moment).timestamp()) // STEP)
