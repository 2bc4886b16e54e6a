"""A predictor with a fault of running: `python -m support.rollouts.faulty_predictor FAULT`.

The environment of a release's processes holds no settings of tests, so the fault is an argument.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Final

from fraud_contract.artifacts.loading import ModelArtifact
from fraud_contract.errors import PredictorAway
from fraud_predictor.__main__ import ready_at_once
from fraud_predictor.forest import FloatRows
from fraud_predictor.model import FraudPredictor
from fraud_predictor.scorer import Scorer
from fraud_predictor.settings import PredictorSettings
from fraud_serving.probes import probes
from fraud_serving.process import prepare, run
from fraud_serving.server import Server

FEW: Final = 50
"""Rows: live payments come so; golden rows and evaluation come in hundreds, and are answered rightly."""


def serve_with(fault: Callable[[int], None]) -> None:
    """Run a predictor that calls `fault` with the number of each small call before it answers."""
    calls = 0

    class FaultyScorer(Scorer):
        def scores(self, features: FloatRows) -> FloatRows:
            nonlocal calls
            if len(features) <= FEW:
                calls += 1
                fault(calls)
            return super().scores(features)

    def serve() -> None:
        settings = PredictorSettings.read()
        artifact = ModelArtifact.load(settings.model_dir)
        prepare(settings)
        model = FraudPredictor(artifact, FaultyScorer.load(artifact), settings)
        server = Server(settings, model, model.infer, ready_at_once)
        server.serve_http(probes(model), settings.http_port, "FRAUD_HTTP_PORT")
        server.run()

    sys.exit(run(serve))


def slow(_: int) -> None:
    """Much later than stable."""
    time.sleep(0.25)


def failing(call: int) -> None:
    """One of a hundred fails."""
    if call % 100 == 0:
        raise PredictorAway("It fails now and then.")


def crashing(call: int) -> None:
    """Gone after some requests."""
    if call == 40:
        os._exit(70)


_hoard: list[bytearray] = []
_EACH: Final = 2 << 20
_MOST: Final = 800
"""Calls: no test takes more than 1.6 GB of a machine."""


def hoarding(call: int) -> None:
    """Keeps two MiB of each call."""
    if call <= _MOST:
        _hoard.append(bytearray(b"x") * _EACH)


FAULTS: Final = {each.__name__: each for each in (slow, failing, crashing, hoarding)}


if __name__ == "__main__":
    fault = FAULTS[sys.argv.pop()]
    serve_with(fault)
