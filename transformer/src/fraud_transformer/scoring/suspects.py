"""Rows that were in flight when a predictor died: they may be what it died of.

Scoring is pure, so a call that failed is tried again; but a row that kills its predictor would then kill the
next one, and after it all of them. So such a row is given to one other predictor, and without company, so
that it takes no innocent rows with it. Where that one dies too, the row is given to none for some minutes.
"""

from time import monotonic
from typing import Final

from fraud_contract.errors import PredictorAway
from fraud_transformer.scoring.scorer import PredictorDied

_MAX_DEATHS: Final = 2
MAX_SUSPECTS: Final = 16_384
"""Rows that are remembered; the oldest are forgotten first."""
SUSPECT_SECONDS: Final = 600.0
"""For so long a row is remembered after the last death."""


class Suspects:
    """Counts, for each row of features, the deaths of predictors at which it was in flight."""

    def __init__(self) -> None:
        self._deaths: dict[bytes, tuple[int, float]] = {}

    def require_admissible(self, features: bytes, rows: int) -> bool:
        """Whether one of `rows` in `features` is suspect, so that they are to be scored apart from others.

        Raises:
            PredictorAway: two predictors died with one of the rows.
        """
        if not self._deaths:
            return False
        deaths = max(self._count(row) for row in _parted(features, rows))
        if deaths >= _MAX_DEATHS:
            raise PredictorAway(
                "Predictors ended while they scored a transaction like this one, so it is given to no other "
                "for some minutes. Decide it by hand, and report it to those who run the service."
            )
        return deaths > 0

    def record(self, features: bytes, rows: int, started: float, error: Exception) -> None:
        """Count a death of a predictor with `rows` in flight, if `error` is one.

        `started` is when the call began (`time.monotonic`). Of calls in flight together, as when a node goes,
        only one counts: a row is known to be given to a second predictor once it was known to be suspect.
        """
        if not isinstance(error, PredictorDied):
            return
        now = monotonic()
        for row in set(_parted(features, rows)):
            deaths = self._count(row)
            if not deaths or started > self._deaths[row][1]:
                self._deaths[row] = (deaths + 1, now)
        for row in list(self._deaths)[: max(0, len(self._deaths) - MAX_SUSPECTS)]:
            del self._deaths[row]

    def clear(self, features: bytes, rows: int) -> None:
        """Forget `rows`: a predictor survived them."""
        if self._deaths:
            for row in _parted(features, rows):
                self._deaths.pop(row, None)

    def _count(self, row: bytes) -> int:
        deaths, last = self._deaths.get(row, (0, 0.0))
        if deaths and monotonic() - last > SUSPECT_SECONDS:
            del self._deaths[row]
            return 0
        return deaths


def _parted(features: bytes, rows: int) -> list[bytes]:
    width = len(features) // rows
    return [features[start : start + width] for start in range(0, len(features), width)]
