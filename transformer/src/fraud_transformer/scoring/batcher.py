"""Micro-batching while busy.

An idle scorer gets a lone request at once. While all are busy, requests queue, and the next call takes all
of them. No timer: no request waits without need, and the more load, the larger the batches. At 64
concurrent callers this is worth a factor of seven, at one caller it costs nothing. One call in flight
per scorer: a second would share the same core and only make both batches smaller.
"""

import asyncio
from collections import deque
from time import monotonic
from typing import Final, Protocol

import msgspec

from fraud_contract.errors import (
    DeadlineExceeded,
    FraudError,
    Overloaded,
    PairMismatch,
    PredictorAway,
    ServiceError,
)
from fraud_serving.telemetry.trace_context import TraceContext, current
from fraud_transformer.scoring.batch_window import BatchWindow
from fraud_transformer.scoring.pool import Pool, no_predictor_error
from fraud_transformer.scoring.scorer import PredictorDied, Scorer, Scores

FIRST_TRY: Final = 1 / 3
"""Share of the deadline after which a call is tried with another scorer, if there is one: a call takes some
10 ms, so a scorer that needs this long hangs."""


class Waiter(Protocol):
    """Who waits for the scores of some rows."""

    def done(self) -> bool:
        """Whether it was settled, or waits no more."""

    def settle(self, outcome: Scores | Exception) -> None:
        """Take the scores, or why there are none; once, and without raising."""


class _FutureScores:
    """A waiter that is awaited."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[Scores] = loop.create_future()
        self.done = self.future.done

    def settle(self, outcome: Scores | Exception) -> None:
        """Wake up who awaits it."""
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class _Item(msgspec.Struct):
    features: bytes
    rows: int
    arrived: float
    expires: float
    waiter: Waiter
    trace: TraceContext | None
    synthetic: bool
    alone: bool
    """Whether it shares a call with no other."""
    tried: bool = False


class CallObserver(Protocol):
    """To whom calls of the predictor are reported, except those for synthetic requests alone."""

    def called(self, rows: int, waited: float, took: float) -> None:
        """Record a call: its rows for payments, seconds that the oldest of these waited, and that it took."""

    def failed(self, code: str) -> None:
        """Record a failed call, by its error's code."""


class Batcher:
    """Collects feature rows of concurrent requests into calls of a pool's scorers."""

    def __init__(
        self, pool: Pool, observer: CallObserver, *, batch_rows: int, max_queue: int, deadline: float
    ) -> None:
        self._pool = pool
        self._observer = observer
        self._batch_rows = batch_rows
        self._max_queue = max_queue
        self._deadline = deadline
        self._queue: deque[_Item] = deque()
        self._queued_rows = 0
        self._scheduled = False
        self._window = BatchWindow()
        self._calls: set[asyncio.Task[None]] = set()
        pool.on_idle = self._schedule

    @property
    def queued_rows(self) -> int:
        """Rows that wait for a scorer."""
        return self._queued_rows

    def submit(
        self, features: bytes, rows: int, expires: float | None = None, *, synthetic: bool = False
    ) -> asyncio.Future[Scores]:
        """Scores of `rows` feature vectors, to be awaited.

        Args:
            features: raw little-endian float32.
            rows: at most `batch_rows` of them.
            expires: loop time after which the caller waits no more; by default the deadline from now.
            synthetic: for no real payment, and so not to be counted.

        Raises:
            PredictorAway: at once, where there is no scorer, or scorers died of a row.
            Overloaded: at once, where the queue is full.
        """
        waiter = _FutureScores(asyncio.get_running_loop())
        self.enqueue(features, rows, waiter, expires, trace=current(), synthetic=synthetic)
        return waiter.future

    def enqueue(  # noqa: PLR0913 - one row, and who asks for it
        self,
        features: bytes,
        rows: int,
        waiter: Waiter,
        expires: float | None = None,
        *,
        trace: TraceContext | None,
        synthetic: bool,
    ) -> None:
        """As `submit`, for a caller that is called back, in its trace."""
        alone = self._pool.suspects.require_admissible(features, rows)
        if not len(self._pool):
            raise no_predictor_error()
        if self._queued_rows + rows > self._max_queue:
            raise Overloaded("Too many transactions wait already. Try again in a second.")
        now = asyncio.get_running_loop().time()
        until = expires or now + self._deadline
        self._queue.append(_Item(features, rows, now, until, waiter, trace, synthetic, alone))
        self._queued_rows += rows
        self._schedule()

    def _schedule(self) -> None:
        """Dispatch once the requests that arrive together are all in the queue."""
        if self._queue and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        if self._window.stays_open(len(self._queue)):
            loop.call_soon(self._dispatch)
            return
        self._scheduled = False
        while self._queue and (scorer := self._pool.take()):
            batch = self._next_batch(loop.time())
            if not batch:
                self._pool.give_back(scorer)
                return
            call = loop.create_task(self._call(scorer, batch))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    def _next_batch(self, now: float) -> list[_Item]:
        """The oldest items that fit one call; those past their deadline fail."""
        batch: list[_Item] = []
        rows = 0
        while self._queue and (not batch or self._fits(rows, self._queue[0])):
            item = self._queue.popleft()
            self._queued_rows -= item.rows
            if item.waiter.done():  # the caller went away
                continue
            if item.expires <= now:
                item.waiter.settle(_deadline_error())
                continue
            batch.append(item)
            rows += item.rows
            if item.alone:
                break
        return batch

    def _fits(self, rows: int, item: _Item) -> bool:
        return not item.alone and rows + item.rows <= self._batch_rows

    async def _call(self, scorer: Scorer, batch: list[_Item]) -> None:
        loop = asyncio.get_running_loop()
        features = batch[0].features if len(batch) == 1 else b"".join([item.features for item in batch])
        within = self._within(batch, loop.time())
        timer = loop.call_at(min(item.expires for item in batch), _expire, batch)
        rows = sum(item.rows for item in batch)
        traces = [item.trace for item in batch if item.trace]
        failure: FraudError | None = None
        start, began = loop.time(), monotonic()
        try:
            scores = await scorer.score(features, rows, within, traces)
        except (ServiceError, PairMismatch) as error:
            failure = error
            self._pool.suspects.record(features, rows, began, error)
            if not all(item.synthetic for item in batch):
                self._observer.failed(error.code)
            self._retry(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the requests of the batch raise it
            _fail(batch, error)
        else:
            self._pool.suspects.clear(features, rows)
            _answer(batch, scores)
        finally:
            timer.cancel()
            self._report(batch, start, loop.time())
            self._pool.give_back(scorer, failure)
            if not len(self._pool):
                self._give_up()

    def _within(self, batch: list[_Item], now: float) -> float:
        """Seconds that a scorer has for a batch, whose rows may have to be tried elsewhere."""
        left = max(item.expires for item in batch) - now
        if len(self._pool) > 1 and not all(item.tried for item in batch):
            return min(left, self._deadline * FIRST_TRY)
        return left

    def _report(self, batch: list[_Item], start: float, end: float) -> None:
        real = [item for item in batch if not item.synthetic]
        if real:
            waited = start - min(item.arrived for item in real)
            self._observer.called(sum(item.rows for item in real), waited, end - start)

    def _retry(self, batch: list[_Item], error: FraudError) -> None:
        """Queue a batch again, at the front, once and if another scorer may answer: scoring is pure."""
        elsewhere = isinstance(error, (PredictorAway, DeadlineExceeded)) and len(self._pool) > 1
        _fail([item for item in batch if item.tried or not elsewhere], error)
        for item in reversed(batch):
            if not item.waiter.done():
                item.tried = True
                item.alone = isinstance(error, PredictorDied)
                self._queue.appendleft(item)
                self._queued_rows += item.rows
        self._schedule()

    def _give_up(self) -> None:
        """Fail all queued requests, once the last scorer failed."""
        waiting, self._queue, self._queued_rows = list(self._queue), deque(), 0
        _fail(waiting, no_predictor_error())


def _answer(batch: list[_Item], scores: Scores) -> None:
    start = 0
    for item in batch:
        if not item.waiter.done():
            item.waiter.settle(Scores(scores.values[start : start + item.rows], scores.model_version))
        start += item.rows


def _fail(items: list[_Item], error: Exception) -> None:
    for item in items:
        if not item.waiter.done():
            item.waiter.settle(error)


def _expire(batch: list[_Item]) -> None:
    """Fail the items of a batch whose deadline has come; the call goes on for the others."""
    loop = asyncio.get_running_loop()
    _fail([item for item in batch if item.expires <= loop.time()], _deadline_error())
    waiting = [item.expires for item in batch if not item.waiter.done()]
    if waiting:
        loop.call_at(min(waiting), _expire, batch)


def _deadline_error() -> DeadlineExceeded:
    return DeadlineExceeded("No score within the deadline. Try again.")
