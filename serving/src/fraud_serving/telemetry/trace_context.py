"""Which trace a request belongs to (W3C Trace Context), on its way from the caller to the predictor."""

import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Self

TRACEPARENT: Final = b"traceparent"
TRACESTATE: Final = b"tracestate"

_VERSION_00: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_STATE: Final = re.compile(rb"[!-~]([ -~]{0,510}[!-~])?")
"""Up to 512 bytes, which is what everyone must pass on; gRPC refuses a call, and with it everybody's rows,
for a value that is not printable or much longer."""
_SAMPLED: Final = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A request's place in its trace, as the caller sent it."""

    parent: str
    """`00-<trace id>-<span id>-<flags>`, all hexadecimal."""
    state: str | None

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes]) -> Self | None:
        """The context that lower-case `headers` carry; None where they carry none that can be read."""
        parent = headers.get(TRACEPARENT)
        if parent is None or not _VERSION_00.fullmatch(parent):
            return None
        state = headers.get(TRACESTATE, b"")
        return cls(parent.decode(), state.decode() if _STATE.fullmatch(state) else None)

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.parent.split("-")[1]

    @property
    def sampled(self) -> bool:
        """Whether the caller records the trace."""
        return bool(int(self.parent[-2:], 16) & _SAMPLED)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """As metadata of a gRPC call."""
        headers = ((TRACEPARENT.decode(), self.parent),)
        return headers if self.state is None else (*headers, (TRACESTATE.decode(), self.state))


def representative(contexts: Sequence[TraceContext]) -> TraceContext | None:
    """The one that a call made for many carries: the first that is recorded, else the first."""
    return next((each for each in contexts if each.sampled), contexts[0] if contexts else None)


_current: Final[ContextVar[TraceContext | None]] = ContextVar("trace_context", default=None)

current: Final = _current.get
"""The context of the request that the running task answers; None where it has none."""
enter: Final = _current.set
"""Say which context the running task's request has. For each request, since tasks inherit another's."""
