"""(e) A limit: uvicorn, with its fastest loop and parser, answering a constant.

python -m benchmarks.peers.uvicorn_constant PORT
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import uvicorn

_BODY: Final = b'{"prediction":"non-fraudulent","fraud_probability":0.03}'
_HEADERS: Final = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY)))


async def app(
    _: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Read the request, send the constant."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
