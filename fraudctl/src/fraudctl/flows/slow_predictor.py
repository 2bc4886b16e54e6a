"""A predictor that is slow under traffic: `python -m fraudctl.flows.slow_predictor`, for a demo.

It answers a few rows later by so much, as one does whose machine is too small; large batches it answers as
any other, so that neither golden rows nor labelled payments show it.
"""

import sys
import time
from typing import Final

from fraud_contract.artifacts import ModelArtifact
from fraud_predictor.__main__ import ready_at_once
from fraud_predictor.forest import FloatRows
from fraud_predictor.model import FraudPredictor
from fraud_predictor.scorer import Scorer
from fraud_predictor.settings import PredictorSettings
from fraud_serving.probes import probes
from fraud_serving.process import prepare, run
from fraud_serving.server import Server

_FEW: Final = 50
"""Rows."""
_DELAY: Final = 0.15
"""Seconds."""


class SlowScorer(Scorer):
    """Scores as its base does, later."""

    def scores(self, features: FloatRows) -> FloatRows:
        """The base's scores."""
        if len(features) <= _FEW:
            time.sleep(_DELAY)
        return super().scores(features)


def serve() -> None:
    """As `fraud_predictor` does."""
    settings = PredictorSettings.read()
    artifact = ModelArtifact.load(settings.model_dir)
    prepare(settings)
    model = FraudPredictor(artifact, SlowScorer.load(artifact), settings)
    server = Server(settings, model, model.infer, ready_at_once)
    server.serve_http(probes(model), settings.http_port, "FRAUD_HTTP_PORT")
    server.run()


if __name__ == "__main__":
    sys.exit(run(serve))
