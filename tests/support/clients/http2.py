"""gRPC calls that no gRPC library makes: HTTP/2 frames by hand, such as half a message."""

import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import Final, Self

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_ACK, _END_STREAM, _END_HEADERS = 1, 1, 4
_INITIAL_WINDOW: Final = 4
_CANCEL: Final = 8
_FRAME: Final = 16_384
_METHOD: Final = b"/inference.GRPCInferenceService/ModelInfer"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One HTTP/2 frame (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _header(name: bytes, value: bytes) -> bytes:
    """A header field that no table keeps (RFC 7541, section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


_CALL: Final = b"".join(
    _header(name, value)
    for name, value in (
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", _METHOD),
        (b":authority", b"test"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
    )
)


@dataclass
class Connection:
    """An HTTP/2 connection that keeps to the server's windows and to nothing else."""

    socket: socket.socket
    ended: set[int] = field(default_factory=set)
    """Streams that the server ended."""
    closed: bool = False
    _windows: dict[int, int] = field(default_factory=lambda: {0: 65_535})
    _initial: int = 65_535
    _received: bytes = b""
    _next: int = 1

    @classmethod
    def to(cls, port: int, window: int = 65_535) -> Self:
        """Connected to `port` of this machine; takes `window` bytes of each answer."""
        opened = socket.create_connection(("127.0.0.1", port), timeout=10)
        opened.sendall(PREFACE + frame(_SETTINGS, 0, 0, struct.pack(">HI", _INITIAL_WINDOW, window)))
        connection = cls(opened)
        connection.receive(1)
        return connection

    def call(self) -> int:
        """Begin a call; returns its stream."""
        stream, self._next = self._next, self._next + 2
        self._windows[stream] = self._initial
        self._send(frame(_HEADERS, _END_HEADERS, stream, _CALL))
        return stream

    def reset(self, stream: int) -> None:
        """End a call."""
        self._windows.pop(stream, None)
        self._send(frame(_RESET, 0, stream, struct.pack(">I", _CANCEL)))

    def ask(self, message: bytes) -> int:
        """A whole call of a short message; returns its stream."""
        stream = self.call()
        self.send(stream, b"\0" + struct.pack(">I", len(message)) + message)
        self._send(frame(_DATA, _END_STREAM, stream))
        return stream

    def send(self, stream: int, content: bytes) -> int:
        """Send as much of `content` as one frame and the windows take; returns that many bytes."""
        size = min(len(content), _FRAME, self._windows[0], self._windows.get(stream, 0))
        if size > 0:
            self._send(frame(_DATA, 0, stream, content[:size]))
            for each in (0, stream):
                self._windows[each] -= size
        return max(0, size)

    def receive(self, seconds: float) -> None:
        """Take in what the server sent, waiting for something at most so long."""
        self.socket.settimeout(seconds)
        try:
            content = self.socket.recv(1 << 16)
        except TimeoutError:
            return
        except OSError:
            content = b""
        self.closed = self.closed or not content
        self._received += content
        while len(self._received) >= 9 + (size := int.from_bytes(self._received[:3], "big")):
            kind, flags, stream = struct.unpack(">BBI", self._received[3:9])
            payload, self._received = self._received[9 : 9 + size], self._received[9 + size :]
            self._take(kind, flags, stream, payload)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _SETTINGS and not flags & _ACK:
            for name, value in struct.iter_unpack(">HI", payload):
                if name == _INITIAL_WINDOW:
                    for each in self._windows.keys() - {0}:
                        self._windows[each] += value - self._initial
                    self._initial = value
            self._send(frame(_SETTINGS, _ACK, 0))
        elif kind == _WINDOW and stream in self._windows:
            self._windows[stream] += int.from_bytes(payload, "big")
        elif kind == _PING and not flags & _ACK:
            self._send(frame(_PING, _ACK, 0, payload))
        elif kind == _RESET:
            self.ended.add(stream)
            self._windows.pop(stream, None)
        elif kind == _GOAWAY:
            self.closed = True

    def _send(self, content: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.settimeout(10)
            self.socket.sendall(content)


def flood(connections: list[Connection], streams: int, size: int, seconds: float) -> int:
    """Begin `streams` calls on each of `connections`, and send all but a byte of a message of `size`.

    Returns the bytes that the server took, once it takes no more for `seconds`.
    """
    content = b"\0" + struct.pack(">I", size) + bytes(size - 1)
    sent = {(each.socket.fileno(), each.call()): 0 for each in connections for _ in range(streams)}
    idle = 0.0
    while idle < seconds:
        before = sum(sent.values())
        for each in connections:
            each.receive(0.002)
            for number, stream in list(sent):
                if number == each.socket.fileno() and stream not in each.ended:
                    done = sent[number, stream]
                    sent[number, stream] += each.send(stream, content[done : done + _FRAME])
        idle = 0.0 if sum(sent.values()) > before else idle + 0.002 * len(connections)
    return sum(sent.values())
