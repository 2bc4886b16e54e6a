"""The use case, the same over every transport: transactions that one decoded in, answers to encode out.

Limits on rows, the choice to explain, the transaction and decision of a request, the errors of single lines,
and what is counted and logged of a request are here and nowhere else. HTTP, NDJSON and gRPC decode, call
this, and encode.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

from fraud_contract.errors import DeadlineExceeded, FraudError, InvalidTransaction
from fraud_serving.budget import Budget
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.decisions.answers import LABELS, Answer, Answers, RefusedLine, answer_rows
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.limits import MAX_WAITING_BODIES, SMALL_BODY
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.observers import SYNTHETIC, Observers
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.telemetry.request_log import RequestLog
from fraud_transformer.transactions.columns import Columns, transposed
from fraud_transformer.transactions.parsing import Payment, require_rows

_log = logging.getLogger(__name__)

Reporter = Callable[[RequestContext, int, float], None]
"""Takes a request that ended, its HTTP status (over gRPC the equivalent one) and its seconds."""
Line = tuple[int, Payment | FraudError]
"""Number of a line, from 1, and the transaction that it holds, or why it holds none."""


class DecisionService:
    """Decides requests of any transport; each `begin`s once and `end`s once."""

    def __init__(
        self,
        decider: Decider,
        observers: Observers,
        settings: TransformerSettings,
        reporters: Sequence[Reporter] = (),
        trace_of: Callable[[Mapping[bytes, bytes]], TraceContext | None] = TraceContext.of,
    ) -> None:
        self.release = decider.release
        self.fairness = decider.fairness
        self.decider = decider
        self._observers = observers
        self._max_rows = settings.max_rows
        self._max_explained = settings.max_explained
        self._deadline = settings.deadline
        self._unread = Budget(MAX_WAITING_BODIES, "Too many large requests at once. Try again in a second.")
        self._rows = Budget(
            settings.max_queue, "Too many transactions are in work already. Try again in a second."
        )
        """Of all requests for many: each takes about a KiB until its answer is out."""
        self._trace_of = trace_of
        self._reporters = (RequestLog(settings).answered, *reporters)

    def begin(self, route: str, headers: Mapping[bytes, bytes]) -> RequestContext:
        """The context of a request of these lower-case headers or metadata."""
        observer = self._observers.of(headers.get(SYNTHETIC))
        return RequestContext(route, observer, perf_counter(), self._trace_of(headers))

    def end(self, context: RequestContext, status: int) -> None:
        """Count and log a request that was answered with an HTTP status, over gRPC the equivalent one."""
        self._rows.release(context.rows)
        seconds = perf_counter() - context.began
        context.observer.requested(context.route, status, seconds)
        for report in self._reporters:
            report(context, status, seconds)

    def max_rows(self, *, explain: bool) -> int:
        """Transactions that one request may have; decoders refuse more before they validate them."""
        return self._max_explained if explain else self._max_rows

    async def read[Result](self, size: int, read: Callable[[], Result]) -> Result:
        """What `read` makes of a body or message of `size` bytes; of a large one when it is its turn.

        Raises:
            Overloaded: too many large ones wait already.
            DeadlineExceeded: its turn did not come in time.
        """
        if size <= SMALL_BODY:
            return read()
        with self._unread.holding():
            try:
                async with asyncio.timeout(self._deadline), self.fairness.turn():
                    return read()
            except TimeoutError:
                raise DeadlineExceeded("The request was not read within the deadline. Try again.") from None

    async def decide(self, context: RequestContext, transaction: Payment, *, explain: bool) -> Answer:
        """The answer to a request for one decision.

        Raises:
            InvalidTransaction: its category is unknown, and the settings refuse those.
            ServiceError: no score can be had, or not in time.
        """
        if not explain:
            return await self.decider.decide(transaction, context)
        context.transaction = transaction
        columns = transposed([transaction])
        [answer] = answer_rows(await self.decider.decide_all(columns, context.observer, explain=True))
        context.decision = answer.decision
        return answer

    async def decide_all(self, context: RequestContext, columns: Columns, *, explain: bool) -> Answers:
        """The answers in the order of the transactions.

        Raises:
            RequestTooLarge: more transactions than `max_rows`.
            Overloaded: too many transactions are in work already.
            InvalidTransaction, ServiceError: as `decide`.
        """
        require_rows(columns, self.max_rows(explain=explain))
        self._rows.hold(len(columns))
        context.rows += len(columns)
        return await self.decider.decide_all(columns, context.observer, explain=explain)

    async def infer(self, context: RequestContext, columns: Columns, *, explain: bool) -> Answers:
        """As `decide_all`, for a protocol of tensors alone: a single row is a request for one decision."""
        if len(columns) == 1:
            [context.transaction] = columns.transactions()
        answers = await self.decide_all(context, columns, explain=explain)
        if context.transaction:
            context.decision = LABELS[answers.decisions[0]]
        return answers

    async def decide_lines(
        self, context: RequestContext, lines: Sequence[Line]
    ) -> list[Answer | RefusedLine]:
        """What each line is answered with, in their order; a line that is refused stops no other."""
        known = [(number, self._known(context, line)) for number, line in lines]
        rows = [line for _, line in known if not isinstance(line, FraudError)]
        answered = iter(await self._answer_rows(context, rows) if rows else ())
        answers: list[Answer | RefusedLine] = []
        for number, line in known:
            result = line if isinstance(line, FraudError) else next(answered)
            if isinstance(result, FraudError):
                own = None if isinstance(line, FraudError) else line.transaction_id
                answers.append(RefusedLine.of(result, own, line=number))
            else:
                answers.append(result)
        return answers

    def failure(self, context: RequestContext, error: Exception) -> FraudError:
        """The error to answer with: refused fields are counted; an unexpected error is logged, not shown."""
        if isinstance(error, InvalidTransaction):
            context.observer.refused(error.details)
        if not isinstance(error, FraudError):
            _log.error("Unexpected error at %s", context.route, exc_info=error)
            error = FraudError("Internal error; the service's log tells more.")
        context.failure = error.code
        return error.with_traceback(None)  # whose frames hold the request, in cycles, long after its answer

    def _known(self, context: RequestContext, line: Payment | FraudError) -> Payment | FraudError:
        if isinstance(line, FraudError):
            return self.failure(context, line)
        try:
            self.decider.require_known(line.category, context.observer)
        except InvalidTransaction as error:
            return self.failure(context, error)
        return line

    async def _answer_rows(
        self, context: RequestContext, rows: Sequence[Payment]
    ) -> Sequence[Answer | FraudError]:
        try:
            return answer_rows(await self.decider.decide_all(transposed(rows), context.observer))
        except Exception as error:  # noqa: BLE001 - these lines are answered with it, and the stream goes on
            return [self.failure(context, error)] * len(rows)
