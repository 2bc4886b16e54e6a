"""The transformer put together around its scorers, and run."""

from functools import partial

from fraud_serving.certificate import Certificate
from fraud_serving.server import Background, Server
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.fallback import ReviewingDecider
from fraud_transformer.http.admin import admin
from fraud_transformer.http.response import RELEASE
from fraud_transformer.http.routes import Routes
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.readiness import reproduce_golden
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.telemetry.tracing import parts, spans_exported


def serve_release(
    release: ServedRelease, pool: Pool, settings: TransformerSettings, *background: Background
) -> None:
    """Serve a release with the scorers of `pool` until told to stop; `background` runs meanwhile."""
    metrics = Metrics(release)
    batcher = Batcher(
        pool,
        metrics,
        batch_rows=settings.batch_rows,
        max_queue=settings.max_queue,
        deadline=settings.deadline,
    )
    metrics.watch("fraud_queue_rows", "Transactions waiting for a predictor", lambda: batcher.queued_rows)
    metrics.watch("fraud_predictors", "Predictors that are available", lambda: len(pool))
    recent = Recent(settings.recent_decisions, release.features)
    token = settings.admin_token.get_secret_value() if settings.admin_token else None
    kind = ReviewingDecider if settings.fallback == "review" else Decider
    decider = kind(release, batcher, Contributions(pool, metrics, settings.deadline), settings)
    made_of = parts()
    observers = Observers(Recorder(metrics, recent), token)
    model = made_of.model(decider, observers, settings)
    routes = Routes(decider, settings, ready=lambda: bool(model.ready))
    certificate = Certificate.at(settings.tls_cert, settings.tls_key)
    become_ready = partial(reproduce_golden, release, batcher, decider.fairness.chunk_rows)
    server = Server(settings, model, model.infer, become_ready, *background, certificate=certificate)
    app = made_of.app(routes, observers, release, settings)
    headers = {RELEASE: release.name}
    server.serve_http(app, settings.http_port, "FRAUD_HTTP_PORT", certificate, headers)
    server.serve_http(admin(model, recent, release.name, token), settings.admin_port, "FRAUD_ADMIN_PORT")
    with spans_exported():
        server.run()
