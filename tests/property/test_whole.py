"""What is read of a whole request without a parser is what the parser reports of it."""

from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_serving.http.parsing.heads import AmbiguousHead
from fraud_serving.http.parsing.parser import Head, NotHttp, RequestParser
from fraud_serving.http.parsing.whole import WholeRequest, read_whole

PLAIN: Final = b"POST /predict/ HTTP/1.1\r\nHost: x:80\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{}"
_NAMES: Final = (
    *("host", "Content-Length", "connection", "Connection", "transfer-encoding", "Expect", "upgrade", "TE"),
    *(
        "x-request-id",
        "traceparent",
        "X_a",
        "Content-Type",
        "content-encoding",
        "proxy-connection",
        "a b",
        "",
    ),
)
_VALUES: Final = (
    *(
        "2",
        "02",
        "+2",
        "2, 2",
        "3",
        "x",
        "a:80",
        "a:b",
        "a b",
        "keep-alive",
        "Keep-Alive",
        "close",
        "upgrade",
        "",
    ),
    *(
        "chunked",
        "100-continue",
        "h2c",
        " a",
        "a ",
        "\ta",
        "a\x00b",
        "a\x80",
        "a: b",
        "a\r\n b",
        "a\nb",
        "a\rb",
    ),
)
_LINES: Final = (
    *("POST /predict/ HTTP/1.1", "POST /predict HTTP/1.0", "GET / HTTP/1.1", "POST /a?b HTTP/1.1"),
    *("POST /%2f HTTP/1.1", "POST  / HTTP/1.1", "post / HTTP/1.1", "POST / HTTP/1.2", "\r\nPOST / HTTP/1.1"),
)
_ENDS: Final = ("\r\n", "\n", "\r\n ", "\r")


class Reported:
    """What a parser reports: complete requests, and whether another has begun."""

    def __init__(self) -> None:
        self.requests: list[tuple[Head, bytes]] = []
        self.open = False

    def head_began(self) -> None:
        """Another one."""
        self.open, self._body = True, b""

    def header_arrived(self) -> None:
        """Nothing to note."""

    def head_ended(self, head: Head) -> None:
        """Keep it."""
        self._head = head

    def body_arrived(self, data: bytes) -> None:
        """Keep it."""
        self._body += data

    def request_ended(self) -> None:
        """The request is complete."""
        self.open = False
        self.requests.append((self._head, self._body))


def parsed(data: bytes) -> WholeRequest | None:
    """The one plain POST that the parser finds; None where there are more or fewer requests, or an error."""
    reported = Reported()
    parser = RequestParser(reported)
    try:
        parser.feed(memoryview(data))
    except (AmbiguousHead, NotHttp):
        return None
    if len(reported.requests) != 1 or reported.open:
        return None
    [(head, body)] = reported.requests
    plain = Head(b"POST", head.target, "1.1", head.headers, keep_alive=True, expects_continue=False)
    names = {name for name, _ in head.headers}
    return (
        WholeRequest(head.target, dict(head.headers), body)
        if head == plain and len(names) == len(head.headers)
        else None
    )


def request(line: str, headers: Iterable[tuple[str, str]], end: str, body: str) -> bytes:
    """Bytes of a request that may be none."""
    lines = [line, *(f"{name}: {value}" for name, value in headers)]
    return (end.join(lines) + "\r\n\r\n" + body).encode("latin-1")


def test_a_plain_request_is_read() -> None:
    assert parsed(PLAIN) == read_whole(PLAIN) is not None


@pytest.mark.parametrize(
    "header",
    [b"Connection: keep-alive\r\n", b"x-request-id: 8-a\r\n", b"traceparent: 00-1\r\nAccept: */*\r\n"],
)
def test_headers_of_gateways_are_read(header: bytes) -> None:
    data = PLAIN.replace(b"Content-Type", header + b"Content-Type")
    assert parsed(data) == read_whole(data) is not None


@pytest.mark.parametrize("size", range(len(PLAIN)))
def test_a_part_is_left_to_the_parser(size: int) -> None:
    assert read_whole(PLAIN[:size]) is None


@settings(max_examples=1_000)
@given(
    line=st.sampled_from((_LINES[0],) * 4 + _LINES),
    headers=st.lists(
        st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VALUES) | st.text(max_size=9)), max_size=5
    ),
    end=st.sampled_from((_ENDS[0],) * 6 + _ENDS),
    host=st.booleans(),
    body=st.sampled_from(["{}", "{}", "", "{}x", "{}POST / HTTP/1.1\r\n\r\n"]),
)
def test_what_is_read_is_what_the_parser_reports(
    line: str,
    headers: list[tuple[str, str]],
    end: str,
    host: bool,
    body: str,
) -> None:
    printable = [(name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in headers]
    own = [("host", "x"), ("content-length", str(len(body)))] if host else []
    data = request(line, [*own, *printable], end, body)
    read = read_whole(data)
    assert read is None or parsed(data) == read
