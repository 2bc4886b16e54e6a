"""The public HTTP side of a release in this process: real trees, real connections, no sockets."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from prometheus_client import CollectorRegistry

from fraud_predictor.scorer import Scorer as Trees
from fraud_serving.http.connections import ConnectionLimits, Connections
from fraud_serving.http.limits.refusals import Refusals
from fraud_serving.http.protocol import HttpProtocol
from fraud_standalone.local_scorer import LocalScorer
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.fallback import ReviewingDecider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.app import App
from fraud_transformer.http.fast_path import PaymentFastPath
from fraud_transformer.http.routes import Routes
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.scorer import Scorer
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Observers, Recorder
from fraud_transformer.telemetry.recent import Recent

_TURNS: Final = 12
"""Of the event loop: more than any request takes from its last byte to its answer."""
_KEEP_ALIVE: Final = 75.0


class Memory(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.paused = False
        self.closing = False
        self.protocol: asyncio.Protocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it, unless it is closed."""
        if not self.closing:
            self.written += bytes(data)

    def pause_reading(self) -> None:
        """Note it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Note it."""
        self.paused = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There are none."""

    def get_write_buffer_size(self) -> int:
        """Nothing ever waits."""
        return 0

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closing

    def close(self) -> None:
        """Be lost in the next turn."""
        if not self.closing:
            self.closing = True
            if self.protocol is not None:
                asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """As `close`: nothing waits to be written."""
        self.close()


class InProcess:
    """One release behind connections, with the fast path or without; inside a running loop."""

    def __init__(
        self,
        release: ServedRelease,
        settings: TransformerSettings,
        *,
        fast: bool,
        scorer: Callable[[Scorer], Scorer | None] = lambda scorer: scorer,
        limits: ConnectionLimits | None = None,
    ) -> None:
        own = scorer(LocalScorer(Trees.load(release.model), release.model.version))
        pool = Pool([own] if own else [])
        self.registry = CollectorRegistry()
        metrics = Metrics(release, self.registry)
        batcher = Batcher(
            pool,
            metrics,
            batch_rows=settings.batch_rows,
            max_queue=settings.max_queue,
            deadline=settings.deadline,
        )
        self.recent = Recent(settings.recent_decisions, release.features)
        kind = ReviewingDecider if settings.fallback == "review" else Decider
        decider = kind(release, batcher, Contributions(pool, metrics, settings.deadline), settings)
        token = settings.admin_token.get_secret_value() if settings.admin_token else None
        service = DecisionService(decider, Observers(Recorder(metrics, self.recent), token), settings)
        self._app = App(Routes(service, settings, ready=lambda: True), service, settings)
        path = PaymentFastPath(service, batcher, self._app.admission, settings) if fast else None
        self.taken = 0
        """Requests that the fast path took."""
        if path is not None:
            self._count(path)
        self.connections = Connections(
            limits or ConnectionLimits(100, 4_096, 5.0, 4), Refusals({"x-fraud-release": release.name}), path
        )

    def _count(self, path: PaymentFastPath) -> None:
        take = path.take

        def counted(*request: Any) -> Any:  # noqa: ANN401 - as `take`
            exchange = take(*request)
            self.taken += exchange is not None
            return exchange

        path.take = counted  # type: ignore[assignment,method-assign]

    def connect(self) -> tuple[HttpProtocol, Memory]:
        """A new connection."""
        transport = Memory()
        connection = HttpProtocol(self._app, self.connections, _KEEP_ALIVE)
        transport.protocol = connection
        connection.connection_made(transport)
        return connection, transport

    async def ask(self, *parts: bytes) -> dict[str, object]:
        """What is written to a new connection that gets `parts`, each as one read; and its state then."""
        connection, transport = self.connect()
        for part in parts:
            if not transport.closing:
                connection.data_received(part)
                await settle()
                written = -1
                while self.connections.waiting or written != len(transport.written):
                    if self.connections.waiting:  # for an explanation's thread, or for those in line
                        await asyncio.sleep(0.001)
                    written = len(transport.written)
                    await settle()
        outcome = {
            "written": transport.written,
            "closed": transport.closing,
            "paused": transport.paused,
            "waiting": len(self.connections.waiting),
            "rests": connection.resting_since is not None,
        }
        transport.close()
        await settle()
        return outcome

    def counted(self) -> dict[tuple[object, ...], float]:
        """All samples but those that hold times."""
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if "seconds" not in sample.name or sample.name.endswith("_count")
        }

    def kept(self) -> list[dict[str, Any]]:
        """Recent decisions."""
        return [asdict(each) for each in self.recent.sample(1_000)]


async def settle() -> None:
    """Let everything happen that waits for nothing but its turn."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
