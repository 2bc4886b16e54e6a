"""The payments that are sent: real traffic of the data set, the same for every service.

Some services are given features in their place, which somebody else made ready.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import pandas as pd

from benchmarks.peers.pipeline import load_preprocessor
from benchmarks.plan import BATCH, DISTINCT
from fraud_training.data.repository import Window, load

_FIELDS: Final = ["amt", "hour", "day_of_week", "category"]
_SEED: Final = 4

Payment = Mapping[str, Any]
Features = Sequence[float]


@dataclass(frozen=True)
class Payments:
    """What single requests and the large one carry."""

    single: tuple[Payment, ...]
    """All different."""
    batch: tuple[Payment, ...]

    @classmethod
    def draw(cls) -> Self:
        """At random, always the same, from days no model was fitted on."""
        traffic = load(Window.TRAFFIC)[_FIELDS].astype({"category": str})
        single = traffic.drop_duplicates().sample(DISTINCT, random_state=_SEED)
        batch = traffic.sample(BATCH, random_state=_SEED)
        return cls(_rows(single), _rows(batch))


@dataclass(frozen=True)
class ReadyFeatures:
    """The same payments, as the trees see them."""

    single: tuple[Features, ...]
    batch: tuple[Features, ...]

    @classmethod
    def of(cls, payments: Payments, release: Path) -> Self:
        """By the release's preprocessor."""
        preprocessor = load_preprocessor(release)
        single, batch = (
            tuple(preprocessor.transform(pd.DataFrame(each)).tolist())
            for each in (payments.single, payments.batch)
        )
        return cls(single, batch)


def _rows(frame: pd.DataFrame) -> tuple[Payment, ...]:
    return tuple(
        {"amt": amt, "hour": hour, "day_of_week": day, "category": category}
        for amt, hour, day, category in zip(*(frame[name].tolist() for name in _FIELDS), strict=True)
    )


def write_bodies(bodies: Iterable[Mapping[str, Any]], file: Path) -> Path:
    """`file`, now with one JSON body per line."""
    file.write_text("".join(json.dumps(each) + "\n" for each in bodies))
    return file
