"""Connections that cannot keep others out: each has a time to speak and to be read, and a place if there is.

uvicorn bounds neither the time for a request's head, nor that between two requests when bytes keep coming,
nor that for an answer to be read; and what waits counts among its connections like what works.
"""

import asyncio
import resource
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from wandb_local.limits import Limits

_FILES_PER_CONNECTION = 2
"""The connection, and the file that is sent or received through it."""


def most_connections(limits: Limits) -> int:
    """How many connections may be open, as far as the process may have files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = limits.connections if files == resource.RLIM_INFINITY else files // (2 * _FILES_PER_CONNECTION)
    return min(limits.connections, room)


class Connection(H11Protocol):
    """uvicorn's connection, with clocks.

    A connection *waits* for its caller before and between requests, and where its answer is not read on;
    while it is answered it does not.
    """

    limits: ClassVar[Limits] = Limits()
    waiting_since = 0.0
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether the caller is to send or to read something before anything can go on."""
        return self._idle or self.flow.write_paused

    @property
    def _idle(self) -> bool:
        """Whether there is no request that came whole and is not answered."""
        # None before the first request, which uvicorn does not declare.
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, from who waits longest if there is none."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > most_connections(self.limits):
            waiting = [other for other in self.connections if isinstance(other, Connection) and other.waits]
            min(waiting, key=lambda other: other.waiting_since).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        super().connection_lost(exc)
        for timer in (self._patience, self._unread):
            if timer is not None:
                timer.cancel()

    def _wait(self) -> None:
        self.waiting_since = self.loop.time()
        self._patience = self.loop.call_later(self.limits.head_seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        if self._idle:
            self.drop()

    def drop(self) -> None:
        """Close the connection at once."""
        self.connections.discard(self)
        self.transport.abort()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        if self._patience is not None:
            self._patience.cancel()
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Give the caller a while to read."""
        super().pause_writing()
        self.waiting_since = self.loop.time()
        self._unread = self.loop.call_later(self.limits.answer_seconds, self.drop)

    def resume_writing(self) -> None:
        """The caller has read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()


def connections_within(limits: Limits) -> type[Connection]:
    """Connections with these limits."""
    return type("Connection", (Connection,), {"limits": limits})
