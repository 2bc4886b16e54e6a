"""Closing without a reset (RFC 9112, 9.6), where a client still sends what will not be read.

A socket that is closed with unread input resets its connection, and the client may lose the answer that says
why. So only the sending side is closed; what arrives is thrown away until the client ends, or up to a limit.
"""

import asyncio
import os
import socket
from typing import Final

from fraud_serving.http.parsing.head_budget import UNREAD

SECONDS: Final = 2.0
"""For which what arrives is thrown away."""
MAX_SOCKETS: Final = 64
"""At once; others are closed at once."""
_PIECE: Final = 65_536


class Lingering:
    """Sockets whose connection was closed by the server while the client still sends."""

    def __init__(self) -> None:
        self._left: dict[socket.socket, int] = {}

    def take(self, transport: asyncio.Transport) -> None:
        """Close the sending side, and read on. To be called in `connection_lost`: the socket is open there.

        Not so under TLS, whose transport waits for the client's end itself.
        """
        original = transport.get_extra_info("socket")
        if len(self._left) >= MAX_SOCKETS or transport.get_extra_info("sslcontext") is not None:
            return
        own = socket.socket(fileno=os.dup(original.fileno()))
        own.setblocking(False)
        try:
            own.shutdown(socket.SHUT_WR)
        except OSError:  # the client has reset it
            own.close()
            return
        loop = asyncio.get_running_loop()
        self._left[own] = UNREAD
        loop.add_reader(own, self._discard, own)
        loop.call_later(SECONDS, self._end, own)

    def close(self) -> None:
        """Wait for no client any more."""
        for each in list(self._left):
            self._end(each)

    def _discard(self, own: socket.socket) -> None:
        try:
            count = len(own.recv(_PIECE))
        except BlockingIOError:
            return
        except OSError:
            count = 0
        self._left[own] -= count
        if not count or self._left[own] < 0:
            self._end(own)

    def _end(self, own: socket.socket) -> None:
        if self._left.pop(own, None) is not None:
            asyncio.get_running_loop().remove_reader(own)
            own.close()
