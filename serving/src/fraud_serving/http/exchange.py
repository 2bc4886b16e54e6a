"""A request and its answer on one connection, whoever answers: an app, or a fast path beside it."""

from collections.abc import Container
from typing import Protocol

from fraud_serving.http.parsing.whole import WholeRequest


class Responder(Protocol):
    """The connection, to who answers a request of it."""

    def respond(self, status: int, headers: bytes, body: bytes) -> None:
        """Answer the present request as a whole; `headers` are lines, each with its end."""
        ...


class Exchange(Protocol):
    """A request that stands in line on a connection until it is answered."""

    keep_alive: bool
    """Whether the connection stays after the answer."""
    more_body: bool
    """Whether some of the request is still to come."""
    started: bool
    """Whether it is being answered."""
    response_started: bool
    """Whether some of the answer is out."""

    def begin(self, responder: Responder) -> None:
        """Answer it: those before it have their answers."""
        ...

    def disconnect(self) -> None:
        """Nobody reads the answer."""
        ...


class FastPath(Protocol):
    """Answers some requests at less cost than the app, in no other way."""

    targets: Container[bytes]
    """Of the requests that it may take."""

    def take(self, request: WholeRequest) -> Exchange | None:
        """The exchange for a POST, or None where it is the app's."""
        ...
