"""Messages that are still arriving, of all calls of a server.

gRPC takes a call's message in before anybody sees it, as large as a message may be and for as long as the
caller likes; its own limits are for each call and each connection. Here a handler begins with the head of
its call and asks for the message itself, so that their number and their time are bounded. Of a message that
nobody asked for, gRPC holds no more than the stream's window (`fraud_serving.grpc.server.WINDOW`).
"""

from typing import Final

from google.protobuf.message import DecodeError, Message

from fraud_contract.errors import FraudError, MalformedRequest, Overloaded, RequestTimeout, RequestTooLarge
from fraud_serving.grpc.fields import require_few_fields
from fraud_serving.grpc.service import Context
from fraud_serving.places import NoPlace, Places
from fraud_serving.telemetry.refused import REFUSED
from fraud_serving.turns import Turns

ARRIVING: Final = 64 << 20
"""Bytes of all messages that are still arriving, each taken to be as large as a message may be."""
_PATIENCE: Final = 0.25
"""Seconds after which a message that has not arrived gives way to a new one, where there is no room: one that
was sent as a whole is there within milliseconds."""

BEGUN: Final = 4
"""Messages that are asked for, or refused, in one turn of the event loop: a caller may begin a thousand calls
at once, and who sends another request meanwhile waits for these few in each turn, not for the thousand."""
PARSED: Final = 1
"""Messages of more than `LARGE` bytes that are parsed in one turn of the event loop, likewise."""
LARGE: Final = 16 << 10
"""Bytes of a message up to which it is parsed at once: in a millisecond, whatever it holds."""


class Arrivals:
    """Asks for messages, at most so many at once that they fit `ARRIVING`."""

    def __init__(self, max_message: int, seconds: float) -> None:
        self._seconds = seconds
        self._turns = Turns(BEGUN)
        self._large = Turns(PARSED)
        self._places = Places(max(1, ARRIVING // max_message), _PATIENCE)

    async def required[M: Message](self, context: Context, kind: type[M]) -> M:
        """The call's one message; errors as `message`, and `MalformedRequest` where there is none."""
        message = await self.message(context, kind)
        if message is None:
            raise MalformedRequest("The call brings no message.")
        return message

    async def message[M: Message](self, context: Context, kind: type[M]) -> M | None:
        """The call's next message; None where the caller sends no further one.

        Raises:
            Overloaded: too many are arriving, here or before this one was there.
            RequestTimeout: it was not there in time.
            MalformedRequest: the bytes are no `kind`.
            RequestTooLarge: they have too many fields.
        """
        await self._turns.come()
        try:
            async with self._places.one(self._seconds):
                content = await context.read()
                return await self._parsed(content, kind) if isinstance(content, bytes) else None
        except DecodeError:
            error: FraudError = MalformedRequest(f"The message is no {kind.DESCRIPTOR.name}.")
        except NoPlace:
            error = Overloaded("Too many messages are arriving at once. Try again in a second.")
        except TimeoutError:
            error = RequestTimeout("The message did not arrive in time.")
        except RequestTooLarge as too_many:
            error = too_many
        REFUSED.labels(error.code).inc()
        raise error

    async def _parsed[M: Message](self, content: bytes, kind: type[M]) -> M:
        """A large message in its turn: each takes some milliseconds."""
        if len(content) > LARGE:
            await self._large.come()
            require_few_fields(content, kind.DESCRIPTOR)
        message: M = kind.FromString(content)
        return message
