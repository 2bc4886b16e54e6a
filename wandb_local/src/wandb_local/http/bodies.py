"""Request bodies, read within their limits."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from wandb_local.errors import BodyTimeoutError, InvalidRequestError, TooLargeError
from wandb_local.http.origin import require_json, require_same_origin
from wandb_local.limits import VALUE_BYTES, Limits
from wandb_local.service import Service
from wandb_local.values.json_text import value_of, values_in

_GZIP = zlib.MAX_WBITS | 16


@asynccontextmanager
async def json_body(service: Service, request: Request, limit: int) -> AsyncIterator[dict[str, object]]:
    """The JSON object in the body, of at most `limit` bytes after decompression, while it is answered.

    Raises:
        ForbiddenError: A page of another site sends it.
        UnsupportedMediaTypeError: It does not say that it is JSON.
        TooLargeError: It is larger, or has too many values.
        InvalidRequestError: It is not a JSON object, or not what Content-Encoding says.
        BodyTimeoutError: It comes too slowly.
        BusyError: There is no room for it beside others at the moment.
    """
    require_same_origin(request)
    require_json(request)
    body, taken = bytearray(), 0
    try:
        async for chunk in _plain(request, service.limits, limit):
            if len(body) + len(chunk) > limit:
                message = f"the body exceeds {limit} bytes, the limit for this kind of request"
                raise TooLargeError(message)
            service.take_body(len(chunk))
            taken += len(chunk)
            body += chunk
        values = _values_in(body, service.limits.json_values)
        service.take_body(values * VALUE_BYTES)
        taken += values * VALUE_BYTES
        parsed = _parsed(body)
        body = bytearray()  # the bytes are not needed beside what they say
        yield parsed
    finally:
        service.release_body(taken)


def _values_in(body: bytearray, most: int) -> int:
    values = values_in(body)
    if values > most:
        message = f"the body has more than {most} JSON values, the limit for one request"
        raise TooLargeError(message)
    return values


def _parsed(body: bytearray) -> dict[str, object]:
    try:
        value = value_of(body)
        if b"\\u" in body:  # a half of a surrogate pair is a text that nothing can store
            json.dumps(value, ensure_ascii=False).encode()
    except ValueError as error:
        message = f"the body is not JSON: {error}"
        raise InvalidRequestError(message) from error
    if not isinstance(value, dict):
        raise InvalidRequestError("the body must be a JSON object")
    return value


def announced_length(request: Request) -> int | None:
    """The length in bytes that the caller says the body has; None if it says none."""
    length = request.headers.get("content-length")
    return None if length is None else int(length)  # h11 has let only digits pass


async def paced(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """The body in chunks as it comes.

    Raises:
        BodyTimeoutError: It comes too slowly.
    """
    loop = asyncio.get_running_loop()
    begun, received = loop.time(), 0
    chunks = aiter(request.stream())
    while True:
        deadline = begun + limits.body_seconds + received / limits.body_pace
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks, None)
        except TimeoutError as error:
            message = f"the body came too slowly: at least {limits.body_pace} bytes a second are needed"
            raise BodyTimeoutError(message) from error
        if chunk is None:
            return
        received += len(chunk)
        yield chunk


async def _plain(request: Request, limits: Limits, limit: int) -> AsyncIterator[bytes]:
    """The body without its compression, in chunks of at most `limit` + 1 bytes: the one shows the excess."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        message = f"Content-Encoding {encoding[:100]!r} is not known to this server; it knows gzip"
        raise InvalidRequestError(message)
    inflate = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    async for chunk in paced(request, limits):
        if inflate is None:
            yield chunk
            continue
        try:
            yield inflate.decompress(chunk, limit + 1)
        except zlib.error as error:
            message = f"the body is not gzip: {error}"
            raise InvalidRequestError(message) from error
        if inflate.unused_data:
            raise InvalidRequestError("the body goes on behind its gzip stream")
    if inflate is not None and not inflate.eof:
        raise InvalidRequestError("the gzip body is incomplete, or larger than its limit")
