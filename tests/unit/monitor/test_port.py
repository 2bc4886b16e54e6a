"""The monitor's port under callers who begin and do not end, or take nothing."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection

import pytest

from fraud_monitor.http.connections import HEAD, PLACES
from fraud_monitor.http.port import Port
from fraud_monitor.http.status import MonitorStatus, ReleaseStatus
from support.waiting import HANG, eventually

_FIGURES = {f"{number:04000}": 1.0 for number in range(2_000)}


@pytest.fixture
def port() -> Iterator[Port]:
    """A port whose status takes some 8 MB: more than sockets hold for who takes nothing."""
    status = MonitorStatus(
        installation="local",
        written=0.0,
        delivered=0,
        delivery_failures=0,
        delivery_error="",
        releases=(ReleaseStatus(release="r1", figures=_FIGURES),),
    )
    with closing(Port("127.0.0.1", 0, lambda: status)) as opened:
        yield opened


def _status(port: Port, path: str = "/live") -> int:
    with closing(HTTPConnection("127.0.0.1", port.number, timeout=60)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
        return answer.status


def _connect(port: Port, content: bytes, stack: ExitStack) -> socket.socket:
    opened = stack.enter_context(socket.socket())
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    opened.settimeout(60)
    opened.connect(("127.0.0.1", port.number))
    opened.sendall(content)
    return opened


def _answer(port: Port, content: bytes) -> bytes:
    with ExitStack() as stack:
        opened = _connect(port, content, stack)
        return b"".join(iter(lambda: opened.recv(65_536), b""))


@pytest.mark.parametrize("begun", [b"", b"GET /live HTTP/1.1\r\nx: ", b"GET /status HTTP/1.1\r\n\r\n"])
def test_callers_who_begin_or_take_nothing_keep_no_thread_and_no_place(port: Port, begun: bytes) -> None:
    before = threading.active_count()
    with ExitStack() as stack:
        for _ in range(5 * PLACES):
            _connect(port, begun, stack)
        assert _status(port) == 200
        assert threading.active_count() - before <= PLACES
    eventually(lambda: threading.active_count() == before, seconds=15)


def test_head_that_drips_ends_in_time(port: Port) -> None:
    with ExitStack() as stack:
        opened = _connect(port, b"GET /live HTTP/1.1\r\nx: ", stack)
        dripping = threading.Thread(target=_drip, args=(opened,), daemon=True)
        dripping.start()
        dripping.join(HANG)
        assert not dripping.is_alive()


def _drip(opened: socket.socket) -> None:
    """Send a byte now and then, until nobody takes it."""
    with suppress(OSError):
        while not select.select([opened], [], [], 0.5)[0]:
            opened.send(b"x")


def test_larger_head_is_refused(port: Port) -> None:
    answer = _answer(port, b"GET /live HTTP/1.1\r\nx: " + b"a" * HEAD)

    assert answer.split(b"\r\n")[0] == b"HTTP/1.0 431 Request Header Fields Too Large"


@pytest.mark.parametrize(
    "line", [b"GET /live\r\n\r\n", b"GET /live HTTP/2.0\r\n\r\n", b"\r\n\r\n", b"x\0\r\n\r\n"]
)
def test_what_is_no_request_gets_no_page(port: Port, line: bytes) -> None:
    assert b'"live":true' not in _answer(port, line)


def test_caller_who_goes_away_leaves_no_line_in_the_log(
    port: Port, capfd: pytest.CaptureFixture[str]
) -> None:
    before = threading.active_count()
    for _ in range(20):
        with ExitStack() as stack:
            opened = _connect(port, b"GET /status HTTP/1.1\r\n\r\n", stack)
            opened.recv(1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
    eventually(lambda: threading.active_count() == before, seconds=15)

    assert capfd.readouterr().err == ""
