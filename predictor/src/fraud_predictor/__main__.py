"""`python -m fraud_predictor`: settings from FRAUD_*, a model artifact, a KServe server."""

import sys

from fraud_contract.artifacts.loading import ModelArtifact
from fraud_predictor.settings import PredictorSettings
from fraud_serving.process import prepare, run


def serve() -> None:
    """Serve until a signal to stop. Raises `FraudError` before any port answers where that is no use."""
    settings = PredictorSettings.read()
    artifact = ModelArtifact.load(settings.model_dir, settings.trusted_keys)
    prepare(settings)
    # Here, because kserve sets logging up when it is imported, xgboost takes a second, and a spoiled
    # artifact should be reported at once.
    from fraud_predictor.model import FraudPredictor  # noqa: PLC0415
    from fraud_predictor.scorer import Scorer  # noqa: PLC0415
    from fraud_serving.probes import probes  # noqa: PLC0415
    from fraud_serving.server import Server  # noqa: PLC0415

    model = FraudPredictor(artifact, Scorer.load(artifact), settings)
    server = Server(settings, model, model.infer, ready_at_once)
    server.serve_http(probes(model), settings.http_port, "FRAUD_HTTP_PORT")
    server.run()


async def ready_at_once() -> None:
    """The golden rows were scored while loading."""


if __name__ == "__main__":
    sys.exit(run(serve))
