"""Request bodies, read within their limits."""

import json
import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from wandb_local.errors import InvalidRequestError, TooLargeError

_GZIP = zlib.MAX_WBITS | 16


async def read_json(request: Request, limit: int) -> dict[str, object]:
    """The JSON object in the body, of at most `limit` bytes after decompression.

    Raises:
        TooLargeError: It is larger.
        InvalidRequestError: It is not a JSON object, or not what Content-Encoding says.
    """
    body = bytearray()
    async for chunk in _plain(request, limit):
        body += chunk
        if len(body) > limit:
            message = f"the body exceeds {limit} bytes, the limit for this kind of request"
            raise TooLargeError(message)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        message = f"the body is not JSON: {error}"
        raise InvalidRequestError(message) from error
    if not isinstance(value, dict):
        raise InvalidRequestError("the body must be a JSON object")
    return value


async def _plain(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body without its compression, in chunks of at most `limit` + 1 bytes: the one shows the excess."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        message = f"Content-Encoding {encoding!r} is not known to this server; it knows gzip"
        raise InvalidRequestError(message)
    inflate = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    async for chunk in request.stream():
        if inflate is None:
            yield chunk
            continue
        try:
            yield inflate.decompress(chunk, limit + 1)
        except zlib.error as error:
            message = f"the body is not gzip: {error}"
            raise InvalidRequestError(message) from error
    if inflate is not None and not inflate.eof:
        raise InvalidRequestError("the gzip body is incomplete, or larger than its limit")
