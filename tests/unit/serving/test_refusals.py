"""Only what is surely a whole request is refused unparsed; the refusal is an answer that clients read."""

import json

import pytest

from fraud_contract.errors import Overloaded
from fraud_serving.http.limits.refusals import Refusal, is_whole_post

WHOLE = b"POST /predict HTTP/1.1\r\nhost: fraud\r\nContent-Length: 2\r\nuser-agent: x\r\n\r\n{}"


def test_a_whole_post_is_one() -> None:
    assert is_whole_post(WHOLE)


@pytest.mark.parametrize(
    "data",
    [
        WHOLE[:-1],
        WHOLE + b"G",
        WHOLE.replace(b"POST", b"GET"),
        WHOLE.replace(b"host: fraud", b"transfer-encoding: chunked"),
        WHOLE.replace(b"host: fraud", b"content-length: 2"),
        WHOLE.replace(b"host: fraud", b"Connection: close"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        WHOLE.replace(b"Content-Length: 2\r\n", b""),
        WHOLE.replace(b"Content-Length: 2", b"Content-Length: +2"),
        WHOLE.replace(b"\r\n\r\n{}", b""),
        b"",
    ],
    ids=range(11),
)
def test_what_a_parser_should_see_is_none(data: bytes) -> None:
    assert not is_whole_post(data)


@pytest.mark.parametrize("cut", range(1, len(WHOLE)))
def test_no_part_of_a_whole_post_is_one(cut: int) -> None:
    assert not is_whole_post(WHOLE[:cut])


@pytest.mark.parametrize(("last", "connection"), [(True, b"close"), (False, b"keep-alive")])
def test_a_refusal_is_json_and_says_when_to_come_again(last: bool, connection: bytes) -> None:
    refusal = Refusal(Overloaded("Too many."), {"x-fraud-release": "fraud-1"})
    head, _, body = refusal.counted(last=last).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 503 Service Unavailable"
    assert {
        b"x-fraud-release: fraud-1",
        b"retry-after: 1",
        b"connection: " + connection,
        b"content-length: %d" % len(body),
    } <= set(lines)
    assert {"error": "Too many.", "code": "overloaded", "details": []} == json.loads(body)
