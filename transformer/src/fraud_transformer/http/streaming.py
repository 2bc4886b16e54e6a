"""Transactions as NDJSON, one a line, answered one a line while the body still arrives.

One chunk after the other is read, decided and sent. Nothing more is read while answers are not taken, so
a stream of any length needs the memory of one chunk and one line.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from itertools import batched
from typing import Final

import msgspec

from fraud_contract.errors import (
    FraudError,
    InvalidTransaction,
    MalformedRequest,
    RequestTooLarge,
)
from fraud_transformer.decisions.answers import Answer, RefusedLine
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.content_encoding import IDENTITY, Inflation
from fraud_transformer.http.lines import Line, Lines
from fraud_transformer.http.places import Place, Places
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, ResponseStream
from fraud_transformer.limits import FREE_REFUSED_LINES, MAX_REFUSED_SHARE
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.parsing import Payment, parse_transaction

NDJSON: Final = b"application/x-ndjson"
CONTENT_TYPES: Final = frozenset({NDJSON, b"application/ndjson", b"application/jsonl"})
_CALLERS_FAULTS: Final = frozenset(
    each.code for each in (InvalidTransaction, MalformedRequest, RequestTooLarge)
)
_BATCH_LINES: Final = 512
"""Lines decided at once. If all are wrong, their errors take some 10 ms, in which nothing else is served."""

_encode_lines: Final = msgspec.json.Encoder().encode_lines


class Plain:
    """A body as it is."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk."""
        yield chunk

    def end(self) -> None:
        """Nothing is missing."""

    def require_lines(self, answered: int) -> None:
        """Its bytes were all sent."""


class Refusals:
    """How many lines of a stream were refused, which costs more than to send them."""

    def __init__(self) -> None:
        self._left = float(FREE_REFUSED_LINES)

    def count(self, answers: Sequence[Answer | RefusedLine]) -> None:
        """Note how further lines are answered; those that fail by our fault count for nothing."""
        refused = [each for each in answers if isinstance(each, RefusedLine)]
        self._left += (len(answers) - len(refused)) * MAX_REFUSED_SHARE
        self._left -= sum(each.code in _CALLERS_FAULTS for each in refused)

    def require_few(self) -> None:
        """Raise `InvalidTransaction` where there are too many for those accepted."""
        if self._left < 0:
            raise InvalidTransaction(
                f"More than {FREE_REFUSED_LINES} lines, and more than a tenth of all, are refused. "
                "Mend them, and send the rest again."
            )


class Streams:
    """The streams being answered, at most `max_streams` of them."""

    def __init__(self, service: DecisionService, settings: TransformerSettings) -> None:
        self._service = service
        self._max_line = settings.max_body
        self._idle = settings.stream_idle
        self._places = Places(settings.max_streams, settings.stream_idle)

    async def respond(self, request: Request) -> Response:
        """The response, once its first chunk is there: until then an error is a response of its own.

        Raises:
            Overloaded: too many streams are open.
            InvalidTransaction: the body holds no line.
            MalformedRequest, RequestTimeout, RequestTooLarge, UnsupportedMedia: the body is not what it says,
                or stays out, or is beyond a budget of `limits`.
        """
        encoding = request.content_encoding()
        encoded = Plain() if encoding == IDENTITY else Inflation(encoding)
        chunks = self._answers(request, encoded, self._places.take(request.abort))
        first = await anext(chunks, None)
        if first is None:
            raise InvalidTransaction("No transactions in the request. Send at least one.")
        stream = ResponseStream(chunks, self._idle, request.abort)
        return Response(200, first, content_type=NDJSON, stream=stream)

    async def _answers(
        self, request: Request, encoded: Plain | Inflation, place: Place
    ) -> AsyncGenerator[bytes]:
        lines = Lines(self._max_line)
        refusals = Refusals()
        begun = False
        try:
            async with aclosing(self._batches(request, encoded, lines, place)) as batches:
                async for batch in batches:
                    yield await self._answer(request.context, batch, refusals)
                    begun = True
                    place.progressed()
                    refusals.require_few()
        except FraudError as error:
            if not begun:
                raise
            number = lines.number + 1
            failure = self._service.failure(request.context, error)
            yield _encode_lines([RefusedLine.of(failure, None, line=number)])
        finally:
            self._places.leave(place)

    async def _batches(
        self, request: Request, encoded: Plain | Inflation, lines: Lines, place: Place
    ) -> AsyncGenerator[Sequence[Line]]:
        more = True
        while more:
            async with place.receiving():
                chunk, more = await request.read_chunk()
            pieces = encoded.feed(chunk)
            while (found := await self._next_lines(pieces, lines)) is not None:
                encoded.require_lines(lines.answered)
                if request.is_closed:
                    raise MalformedRequest("The connection ended within the body.")
                if found:
                    place.progressed()
                for batch in batched(found, _BATCH_LINES):
                    yield batch
        encoded.end()
        if rest := lines.end():
            yield rest

    async def _next_lines(self, pieces: Iterator[bytes], lines: Lines) -> list[Line] | None:
        """The lines that end in the next of a chunk's many pieces; None where there is none."""
        async with self._service.fairness.turn():
            piece = next(pieces, None)
            return None if piece is None else lines.feed(piece)

    async def _answer(self, context: RequestContext, lines: Sequence[Line], refusals: Refusals) -> bytes:
        async with self._service.fairness.turn():
            read = [(number, self._read(line)) for number, line in lines]
        answers = await self._service.decide_lines(context, read)
        refusals.count(answers)
        async with self._service.fairness.turn():
            return _encode_lines(answers)

    def _read(self, line: bytes | None) -> Payment | FraudError:
        if line is None:
            return RequestTooLarge(f"The line is longer than {self._max_line} bytes.")
        try:
            return parse_transaction(line)
        except FraudError as error:
            return error
