"""Transactions as NDJSON, one a line, answered one a line while the body still arrives.

One chunk after the other is read, decided and sent. Nothing more is read while answers are not taken, so
a stream of any length needs the memory of one chunk and one line.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import batched
from typing import Final

import msgspec

from fraud_contract.errors import (
    FraudError,
    InvalidTransaction,
    RequestTimeout,
    RequestTooLarge,
)
from fraud_contract.transaction import Transaction
from fraud_transformer.decisions.admission import Admission
from fraud_transformer.decisions.answers import RefusedLine
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.lines import Gunzip, Line, Lines, Plain
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, ResponseStream
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.columns import REFUSED, Row
from fraud_transformer.transactions.parsing import parse_transaction

NDJSON: Final = b"application/x-ndjson"
CONTENT_TYPES: Final = frozenset({NDJSON, b"application/ndjson", b"application/jsonl"})
_BATCH_LINES: Final = 512
"""Lines decided at once. If all are wrong, their errors take some 10 ms, in which nothing else is served."""

_decode: Final = msgspec.json.Decoder(Row).decode
_encode_lines: Final = msgspec.json.Encoder().encode_lines


class Streams:
    """The streams being answered, at most `max_streams` of them."""

    def __init__(self, service: DecisionService, settings: TransformerSettings) -> None:
        self._service = service
        self._max_line = settings.max_body
        self._open = Admission(settings.max_streams, "streams")
        self._idle = settings.stream_idle

    async def respond(self, request: Request) -> Response:
        """The response, once its first chunk is there: until then an error is a response of its own.

        Raises:
            Overloaded: too many streams are open.
            InvalidTransaction: the body holds no line.
            MalformedRequest, RequestTimeout, UnsupportedMedia: the body is not what it says, or stays out.
        """
        unfold = Gunzip() if request.content_encoding() == b"gzip" else Plain()
        chunks = self._answers(request, unfold)
        first = await anext(chunks, None)
        if first is None:
            raise InvalidTransaction("No transactions in the request. Send at least one.")
        stream = ResponseStream(chunks, self._idle, request.abort)
        return Response(200, first, content_type=NDJSON, stream=stream)

    async def _answers(self, request: Request, unfold: Plain | Gunzip) -> AsyncGenerator[bytes]:
        lines = Lines(self._max_line)
        begun = False
        with self._open:
            self._open.require()
            try:
                async with aclosing(self._batches(request, unfold, lines)) as batches:
                    async for batch in batches:
                        yield await self._answer(request.context, batch)
                        begun = True
            except FraudError as error:
                if not begun:
                    raise
                failure = self._service.failure(request.context, error)
                yield _encode_lines([RefusedLine.of(failure, None, lines.number + 1)])

    async def _batches(
        self, request: Request, unfold: Plain | Gunzip, lines: Lines
    ) -> AsyncGenerator[Sequence[Line]]:
        more = True
        while more:
            chunk, more = await self._receive(request)
            for plain in unfold.feed(chunk):
                for batch in batched(lines.feed(plain), _BATCH_LINES):
                    yield batch
                await asyncio.sleep(0)  # a chunk may unfold to a thousand, and others wait
        unfold.end()
        if rest := lines.end():
            yield rest

    async def _receive(self, request: Request) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._idle):
                return await request.read_chunk()
        except TimeoutError:
            raise RequestTimeout(f"Nothing arrived for {self._idle:g} s. Send the rest again.") from None

    async def _answer(self, context: RequestContext, lines: Sequence[Line]) -> bytes:
        await asyncio.sleep(0)
        read = [(number, self._read(line)) for number, line in lines]
        return _encode_lines(await self._service.decide_lines(context, read))

    def _read(self, line: bytes | None) -> Row | Transaction | FraudError:
        if line is None:
            return RequestTooLarge(f"The line is longer than {self._max_line} bytes.")
        try:
            return _decode(line)
        except REFUSED:
            pass
        try:
            return parse_transaction(line)
        except FraudError as error:
            return error
