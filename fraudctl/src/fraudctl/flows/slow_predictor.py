"""A predictor that is slow under traffic: `python -m fraudctl.flows.slow_predictor SECONDS`, for a demo.

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


class SlowScorer(Scorer):
    """Scores as its base does, later."""

    delay = 0.0
    """Seconds for a few rows."""

    def scores(self, features: FloatRows) -> FloatRows:
        """The base's scores."""
        if len(features) <= _FEW:
            time.sleep(self.delay)
        return super().scores(features)


def serve() -> None:
    """As `fraud_predictor` does."""
    settings = PredictorSettings.read()
    artifact = ModelArtifact.load(settings.model_dir)
    prepare(settings)
    scorer = SlowScorer.load(artifact)
    scorer.delay = float(sys.argv[1])
    model = FraudPredictor(artifact, scorer, settings)
    server = Server(settings, model, model.infer, ready_at_once)
    server.serve_http(probes(model), settings.http_port, "FRAUD_HTTP_PORT")
    server.run()


if __name__ == "__main__":
    sys.exit(run(serve))
