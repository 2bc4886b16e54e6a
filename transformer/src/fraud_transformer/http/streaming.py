"""Transactions as NDJSON, one a line, answered one a line while the body still arrives.

One chunk after the other is read, decided and sent. Nothing more is read while answers are not taken, so
a stream of any length needs the memory of one chunk and one line.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import batched
from typing import Any, Final

import msgspec

from fraud_contract.errors import (
    FraudError,
    InvalidTransaction,
    Overloaded,
    RequestTimeout,
    RequestTooLarge,
)
from fraud_contract.transaction import Transaction
from fraud_transformer.decisions.answers import AnswerRow, answer_rows
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.http.lines import Gunzip, Line, Lines, Plain
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, ResponseStream
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.observers import Observer
from fraud_transformer.transactions.columns import REFUSED, Row, transposed
from fraud_transformer.transactions.parsing import parse_transaction

_log = logging.getLogger(__name__)

NDJSON: Final = b"application/x-ndjson"
CONTENT_TYPES: Final = frozenset({NDJSON, b"application/ndjson", b"application/jsonl"})
_BATCH_LINES: Final = 512
"""Lines decided at once. If all are wrong, their errors take some 10 ms, in which nothing else is served."""

_decode: Final = msgspec.json.Decoder(Row).decode
_encode_lines: Final = msgspec.json.Encoder().encode_lines


class Streams:
    """The streams being answered, at most `max_streams` of them."""

    def __init__(self, decider: Decider, settings: TransformerSettings) -> None:
        self._decider = decider
        self._max_line = settings.max_body
        self._max_streams = settings.max_streams
        self._idle = settings.stream_idle
        self._open = 0

    async def respond(self, request: Request) -> Response:
        """The response, once its first chunk is there: until then an error is a response of its own.

        Raises:
            Overloaded: too many streams are open.
            InvalidTransaction: the body holds no line.
            MalformedRequest, RequestTimeout, UnsupportedMedia: the body is not what it says, or stays out.
        """
        unfold = Gunzip() if request.content_encoding() == b"gzip" else Plain()
        if self._open >= self._max_streams:
            raise Overloaded("Too many streams at once. Try again in a second.")
        chunks = self._answers(request, unfold)
        first = await anext(chunks, None)
        if first is None:
            raise InvalidTransaction("No transactions in the request. Send at least one.")
        stream = ResponseStream(chunks, self._idle, request.abort)
        return Response(200, first, content_type=NDJSON, stream=stream)

    async def _answers(self, request: Request, unfold: Plain | Gunzip) -> AsyncGenerator[bytes]:
        lines = Lines(self._max_line)
        begun = False
        self._open += 1
        try:
            async with aclosing(self._batches(request, unfold, lines)) as batches:
                async for batch in batches:
                    yield await self._answer(batch, request.observer)
                    begun = True
        except FraudError as error:
            if not begun:
                raise
            yield _encode_lines([_refusal(lines.number + 1, error)])
        finally:
            self._open -= 1

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

    async def _answer(self, lines: Sequence[Line], observer: Observer) -> bytes:
        await asyncio.sleep(0)
        read = [self._read(line, observer) for _, line in lines]
        rows = [each for each in read if not isinstance(each, FraudError)]
        decided = iter(await self._decide(rows, observer) if rows else ())
        answered = [
            _refusal(number, each) if isinstance(each, FraudError) else _answered(number, each, next(decided))
            for (number, _), each in zip(lines, read, strict=True)
        ]
        return _encode_lines(answered)

    def _read(self, line: bytes | None, observer: Observer) -> Row | Transaction | FraudError:
        if line is None:
            return RequestTooLarge(f"The line is longer than {self._max_line} bytes.")
        try:
            row = _read_row(line)
            self._decider.require_known(row.category, observer)
        except InvalidTransaction as error:
            observer.refused(error.details)
            return error
        except FraudError as error:
            return error
        return row

    async def _decide(
        self, rows: Sequence[Row | Transaction], observer: Observer
    ) -> Sequence[AnswerRow | FraudError]:
        try:
            answers = await self._decider.decide_all(transposed(rows), observer)
        except FraudError as error:
            return [error] * len(rows)
        except Exception:  # noqa: BLE001 - a bug; its text is for the log, not for the caller
            _log.exception("Unexpected error in a stream")
            return [FraudError("Internal error; the service's log tells more.")] * len(rows)
        return answer_rows(answers, self._decider.release.name)


def _read_row(line: bytes) -> Row | Transaction:
    try:
        return _decode(line)
    except REFUSED:
        return parse_transaction(line)


def _answered(
    number: int, row: Row | Transaction, decided: AnswerRow | FraudError
) -> AnswerRow | dict[str, Any]:
    return _refusal(number, decided, row.transaction_id) if isinstance(decided, FraudError) else decided


def _refusal(number: int, error: FraudError, transaction_id: str | None = None) -> dict[str, Any]:
    return error.body(transaction_id) | {"line": number}
