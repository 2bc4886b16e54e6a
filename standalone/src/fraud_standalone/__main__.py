"""`python -m fraud_standalone`: the same transformer, its scorer in the same process."""

import sys

from fraud_serving.process import prepare, run
from fraud_standalone.settings import StandaloneSettings
from fraud_transformer.served import ServedRelease


def serve() -> None:
    """Serve until SIGTERM. Raises `FraudError`, before any port answers, where it cannot serve."""
    settings = StandaloneSettings.read()
    release = ServedRelease.load(settings)
    prepare(settings)
    # Here, because kserve sets logging up when it is imported, xgboost takes a second, and a spoiled
    # artifact should be reported at once.
    from fraud_predictor.scorer import Scorer  # noqa: PLC0415
    from fraud_standalone.local_scorer import LocalScorer  # noqa: PLC0415
    from fraud_transformer.assembly import serve_release  # noqa: PLC0415
    from fraud_transformer.scoring.pool import Pool  # noqa: PLC0415

    scorer = LocalScorer(Scorer.load(release.model), release.model.version)
    serve_release(release, Pool([scorer]), settings)


if __name__ == "__main__":
    sys.exit(run(serve))
