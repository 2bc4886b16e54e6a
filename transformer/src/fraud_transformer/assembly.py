"""The transformer put together around its scorers, and run."""

from functools import partial

from fraud_serving.certificate import Certificate
from fraud_serving.server import Background, Server
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.fallback import ReviewingDecider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.admin import admin
from fraud_transformer.http.app import App
from fraud_transformer.http.fast_path import PaymentFastPath
from fraud_transformer.http.routes import Routes
from fraud_transformer.oip.grpc_model import FraudTransformer
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.readiness import reproduce_golden
from fraud_transformer.served import RELEASE_HEADER, ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.tracing.selection import spans_exported, tracing_of


def serve_release(
    release: ServedRelease, pool: Pool, settings: TransformerSettings, *background: Background
) -> None:
    """Serve a release with the scorers of `pool` until SIGTERM; `background` runs meanwhile."""
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
    observers = Observers(Recorder(metrics, recent), token)
    tracing = tracing_of(release)
    service = DecisionService(decider, observers, settings, tracing.reporters, tracing.context)
    model = FraudTransformer(service, settings)
    routes = Routes(service, settings, ready=lambda: bool(model.ready))
    certificate = Certificate.at(settings.tls_cert, settings.tls_key)
    become_ready = partial(reproduce_golden, release, batcher, decider.fairness.chunk_rows)
    server = Server(settings, model, model.infer, become_ready, *background, certificate=certificate)
    server.intercept_grpc(*tracing.interceptors)
    app = App(routes, service, settings)
    fast_path = tracing.fast_path(PaymentFastPath(service, batcher, app.admission, settings))
    headers = {RELEASE_HEADER: release.name}
    server.serve_http(
        tracing.app(app), settings.http_port, "FRAUD_HTTP_PORT", certificate, headers, fast_path
    )
    server.serve_http(admin(model, recent, release.name, token), settings.admin_port, "FRAUD_ADMIN_PORT")
    with spans_exported():
        server.run()
