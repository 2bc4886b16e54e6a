"""The fast path of a plain payment: `POST /predict/` with one transaction, as most requests are.

Most of what a payment costs lies around it: ASGI's dictionaries, a task, a future. A request that is there
as a whole and asks for nothing special is therefore decided by calls alone: the connection hands it over, the
batcher calls back with its score, the connection writes the answer. Limits, clocks and shedding are the
connection's, decisions, metrics and logs the decision service's, as for any other request; what is not plain
here, wrong bodies among it, is left to the app untouched (docs/decisions/0016-fast-path.md).
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final

from fraud_contract.errors import Overloaded
from fraud_serving.budget import Budget
from fraud_serving.http.exchange import Responder
from fraud_serving.http.parsing.heads import lines_of
from fraud_serving.http.parsing.whole import WholeRequest
from fraud_transformer.decisions.decider import Warnings
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.response import Response, error_response, headers_of, json_response
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.scorer import Scores
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.parsing import Payment, plain_transaction

_ROUTES: Final = {b"/predict/": "/predict/", b"/predict": "/predict"}
"""By target: with a query, or spelt otherwise, the app reads it."""
_TYPES: Final = frozenset({b"application/json", b"application/x-www-form-urlencoded", b""})
_MAX_BODY: Final = 1 << 10
"""Bytes: the longest transaction without idle space takes fewer, so that larger ones are for the app."""


class PaymentFastPath:
    """Takes plain payments from the connections of the public port."""

    def __init__(
        self, service: DecisionService, batcher: Batcher, admission: Budget, settings: TransformerSettings
    ) -> None:
        self.service = service
        self.batcher = batcher
        self.admission = admission
        self._release = service.release.name.encode()
        self.targets: Container[bytes] = _ROUTES.keys()
        lines = lines_of(headers_of(Response(200, b""), self._release))
        self._before_length, _, self._behind_length = lines.partition(b"0")  # its value, without a body
        self._max_body = min(_MAX_BODY, settings.max_body)

    def take(self, request: WholeRequest) -> "PlainPayment | None":
        """The payment of a POST, or None where the app is to read it."""
        target, headers, body = request
        route = _ROUTES.get(target)
        if route is None or len(body) > self._max_body:
            return None
        if headers.get(b"content-type", b"") not in _TYPES or headers.get(b"content-encoding"):
            return None
        payment = plain_transaction(body)
        return None if payment is None else PlainPayment(self, route, headers, payment)

    def lines_of(self, response: Response) -> bytes:
        """The headers of a response; in those of most only the length differs, which saves some 2 µs."""
        if response.headers:
            return lines_of(headers_of(response, self._release))
        return b"%b%d%b" % (self._before_length, len(response.body), self._behind_length)


@dataclass(slots=True, eq=False)
class PlainPayment:
    """One payment on its way: in line on its connection, then waiting for its score, then answered."""

    _path: PaymentFastPath
    _route: str
    _headers: Mapping[bytes, bytes]
    _payment: Payment
    _context: RequestContext = field(init=False)
    _warnings: Warnings = ()
    _responder: Responder | None = None
    _settled: bool = False
    keep_alive: bool = True
    more_body: bool = False
    started: bool = False
    response_started: bool = False

    def begin(self, responder: Responder) -> None:
        """Ask for the score."""
        path = self._path
        self.started = True
        self._responder = responder
        self._context = path.service.begin(self._route, self._headers)
        try:
            path.admission.hold()
        except Overloaded as error:
            self._answer(error)
            return
        try:
            features, self._warnings = path.service.decider.prepare(self._payment, self._context)
            path.batcher.enqueue(
                features,
                1,
                self,
                trace=self._context.trace,
                synthetic=self._context.observer.synthetic,
            )
        except Exception as error:  # noqa: BLE001 - every error is answered
            self.settle(error)

    def disconnect(self) -> None:
        """Nobody reads the answer; the payment is decided and counted all the same, as by the app."""
        self._responder = None

    def done(self) -> bool:
        """Whether it is answered."""
        return self._settled

    def settle(self, outcome: Scores | Exception) -> None:
        """Decide, answer and count."""
        self._path.admission.release()
        self._answer(outcome)

    def _answer(self, outcome: Scores | Exception) -> None:
        self._settled = True
        path, context = self._path, self._context
        response = self._response(context, outcome)
        if self._responder is not None:
            self._responder.respond(response.status, path.lines_of(response), response.body)
        path.service.end(context, response.status)

    def _response(self, context: RequestContext, outcome: Scores | Exception) -> Response:
        service = self._path.service
        try:
            return json_response(service.decider.conclude(self._payment, self._warnings, outcome, context))
        except Exception as error:  # noqa: BLE001 - every error is answered; the service logs what is a bug
            return error_response(service.failure(context, error), context.transaction_id)
