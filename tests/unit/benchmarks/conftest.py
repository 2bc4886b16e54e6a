"""Made-up measurements."""

from dataclasses import replace

import pytest

from benchmarks.figures.goals import Summaries
from benchmarks.figures.measurements import Point, Round, Summary
from benchmarks.plan import CONNECTIONS
from benchmarks.services.variants import VARIANTS, Variant

_RATES = {
    "fastapi-sync": 250.0,
    "fastapi-async": 200.0,
    "kserve": 150.0,
    "mlserver": 1_250.0,
    "pair": 12_500.0,
}
"""Of the others 25,000."""


def _round(variant: Variant) -> Round:
    rate = _RATES.get(variant.name, 25_000.0)
    points = {each: Point(rate, 1_000 / rate, 1_700 / rate, 1e6 / rate, 0.02) for each in CONNECTIONS}
    return Round(
        points,
        replace(points[64], rate=rate * 0.9),
        rate * 10 if variant.decides else None,
        250.0,
        (1.5, 0.7)[: len(variant.services)],
    )


@pytest.fixture
def summaries() -> Summaries:
    """One round of every variant."""
    return {variant.name: Summary.of([_round(variant)]) for variant in VARIANTS}
