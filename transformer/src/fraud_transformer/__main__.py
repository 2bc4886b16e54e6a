"""`python -m fraud_transformer`: settings from FRAUD_*, both artifacts, a KServe server, a predictor."""

import sys

from fraud_serving.process import prepare, run
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import RemoteTransformerSettings


def serve() -> None:
    """Serve until SIGTERM. Raises `FraudError`, before any port answers, where it cannot serve."""
    settings = RemoteTransformerSettings.read()
    release = ServedRelease.load(settings)
    prepare(settings)
    # Here, because kserve sets logging up when it is imported.
    from fraud_transformer.assembly import serve_release  # noqa: PLC0415
    from fraud_transformer.scoring.discovery import Discovery, resolver  # noqa: PLC0415
    from fraud_transformer.scoring.pool import Pool  # noqa: PLC0415
    from fraud_transformer.scoring.predictor import RemotePredictor  # noqa: PLC0415
    from fraud_transformer.scoring.scorer import RemoteScorer  # noqa: PLC0415
    from fraud_transformer.tracing.selection import tracing_of  # noqa: PLC0415

    def connect(target: str) -> RemoteScorer:
        return tracing.scorer(RemotePredictor(target, release))

    pool, tracing = Pool(), tracing_of(release)
    discovery = Discovery(resolver(settings.predictor), connect, pool)
    serve_release(release, pool, settings, discovery.follow)


if __name__ == "__main__":
    sys.exit(run(serve))
