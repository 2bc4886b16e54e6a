"""Connections with TLS: each becomes the server's when its handshake is over, and handshakes have places."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from fraud_serving.places import NoPlace, Places

HANDSHAKES: Final = 256
"""At once, of one port; a further one takes the place of the oldest. Each may take some 300 KiB."""
_NO_FILES: Final = 0.1
"""Seconds to the next try where this process can open no more files."""


class TlsListener:
    """Accepts connections of one socket in place of the loop's own server, and bounds the handshakes.

    The loop's takes any number: who opens connections and says nothing would fill the memory.
    """

    def __init__(
        self,
        listener: socket.socket,
        connection: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        *,
        backlog: int,
        seconds: float,
    ) -> None:
        """Listen, within the running loop; a handshake has so many `seconds`."""
        listener.setblocking(False)
        listener.listen(backlog)
        self._listener = listener
        self._connection = connection
        self._context = context
        self._seconds = seconds
        self._places = Places(HANDSHAKES, kept=0)
        self._handshakes: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more; handshakes go on until `wait_closed`."""
        self._accepting.cancel()

    async def wait_closed(self) -> None:
        """End the handshakes that are left."""
        for each in self._handshakes:
            each.cancel()
        await asyncio.gather(self._accepting, *self._handshakes, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listener)
            except OSError:
                await asyncio.sleep(_NO_FILES)
            else:
                handshake = loop.create_task(self._shake_hands(accepted))
                self._handshakes.add(handshake)
                handshake.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with suppress(NoPlace, OSError):  # another one took its place; its client went, or speaks no TLS
            async with self._places.one():
                await loop.connect_accepted_socket(
                    self._connection, accepted, ssl=self._context, ssl_handshake_timeout=self._seconds
                )
