"""A predictor that is slow under traffic: `python -m fraud_local.platform.slow_predictor`, for a demo.

It answers a few rows later by so much, as one does whose machine is too small; large batches it answers as
any other, so that neither golden rows nor labelled payments show it.
"""

import runpy
import time
from typing import Final

from fraud_predictor import scorer
from fraud_predictor.forest import FloatRows

_FEW: Final = 50
"""Rows."""
_DELAY: Final = 0.25
"""Seconds: more than a healthy release's p99 on a busy machine, two in a row less than a caller waits for."""


class SlowScorer(scorer.Scorer):
    """Scores as its base does, later."""

    def scores(self, features: FloatRows) -> FloatRows:
        """The base's scores."""
        if len(features) <= _FEW:
            time.sleep(_DELAY)
        return super().scores(features)


if __name__ == "__main__":
    scorer.Scorer = SlowScorer  # type: ignore[misc]
    runpy.run_module("fraud_predictor", run_name="__main__")
