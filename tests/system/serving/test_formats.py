"""Columns, streams of lines and raw tensors: the answers of rows, refusals in place, memory within bounds."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from benchmarks.hostile.usage import Usage
from support.artifacts.offline import ROWS, answers, columns
from support.artifacts.releases import Folders
from support.clients.raw_inputs import raw_request
from support.clients.streams import Stream, stream
from support.processes import Pair, Process, started

GOOD = ROWS[7]
LINE = json.dumps(GOOD).encode() + b"\n"
TOO_MUCH = 64 << 20
"""Bytes; far more than fits into the buffers of sockets."""
ANSWERED = ("fraud_probability", "decision", "prediction")


@pytest.fixture(scope="module")
def expected(folders: Folders) -> list[dict[str, Any]]:
    return answers(folders)


@pytest.fixture(params=["pair", "standalone"])
def process(request: pytest.FixtureRequest) -> Process:
    served: Pair | Process = request.getfixturevalue(request.param)
    return served[1] if isinstance(served, tuple) else served


@pytest.fixture(scope="module")
def narrow(folders: Folders) -> Iterator[Process]:
    """A process with little patience, one stream, and short lines."""
    with started() as start:
        process = start(
            "fraud_standalone",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            STREAM_IDLE=0.5,
            MAX_STREAMS=1,
            MAX_BODY=1000,
            UNKNOWN_CATEGORY="refuse",
        )
        process.wait_ready()
        yield process


def post(process: Process, content: Any, **query: str) -> httpx.Response:  # noqa: ANN401 - any JSON
    return httpx.post(f"{process.url}/predict/batch", json=content, params=query, timeout=240)


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ANSWERED}


def test_columns_are_answered_in_columns(process: Process, expected: list[dict[str, Any]]) -> None:
    answer = post(process, {"columns": columns(ROWS)}).json()
    assert {name: [each[name] for each in expected] for name in ANSWERED} == answer["columns"]
    assert {"columns", "release", "model_version", "warnings"} == set(answer)
    unknown = [index for index, row in enumerate(ROWS) if row["category"] == "never_seen"]
    assert unknown == [each["row"] for each in answer["warnings"]]


def test_columns_carry_ids_and_explanations_like_rows(process: Process) -> None:
    rows = [GOOD | {"transaction_id": "T-1"}, GOOD]
    content = {"columns": columns(rows) | {"transaction_id": ["T-1", None]}}
    in_columns = post(process, content, explain="true").json()["columns"]
    in_rows = post(process, {"transactions": rows}, explain="true").json()["predictions"]
    assert ["T-1", None] == in_columns["transaction_id"]
    assert [each["explanation"] for each in in_rows] == in_columns["explanation"]


@pytest.mark.parametrize(
    "changes", [{"hour": 25}, {"amt": "1"}, {"category": "", "amt": -1}, {"day_of_week": 1.5}]
)
def test_columns_are_refused_with_the_details_of_rows(standalone: Process, changes: dict[str, Any]) -> None:
    rows = [GOOD, GOOD | changes]
    in_columns = post(standalone, {"columns": columns(rows)})
    in_rows = post(standalone, {"transactions": rows})
    assert 422 == in_columns.status_code == in_rows.status_code
    assert in_rows.json()["details"] == in_columns.json()["details"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"columns": columns([GOOD] * 20_001)}, 413),
        ({"columns": columns([])}, 422),
        ({"columns": columns([GOOD]) | {"amt": []}}, 422),
        ({"columns": columns([GOOD]) | {"amount": [1]}}, 422),
        ({"columns": {"amt": [1]}}, 422),
        ({"columns": [GOOD]}, 400),
        ({"columns": columns([GOOD]) | {"transaction_id": "p-1"}}, 400),
        ({"columns": columns([GOOD]), "transactions": []}, 400),
    ],
    ids=["too many", "none", "lengths", "unknown", "missing", "no object", "no list", "both"],
)
def test_other_columns_are_refused(standalone: Process, content: Any, status: int) -> None:  # noqa: ANN401 - any JSON
    body = gzip.compress(json.dumps(content).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    response = httpx.post(f"{standalone.url}/predict/batch", content=body, headers=headers)
    assert status == response.status_code, response.text


@pytest.mark.parametrize("size", [17, 5_000, 1_000_000])
async def test_a_stream_is_answered_line_by_line_however_it_is_cut(
    process: Process, expected: list[dict[str, Any]], size: int
) -> None:
    rows = slice(None, None, 5 if size < 100 else None)
    body = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS[rows])
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert expected[rows] == [shown(each) for each in await stream(process, *chunks)]


async def test_a_folded_stream_of_several_members(process: Process) -> None:
    body = gzip.compress(LINE * 3) + gzip.compress(LINE * 2)
    told = await stream(process, body[:50], body[50:], content_encoding="gzip")
    assert 5 == len(told)
    assert all("prediction" in each for each in told)


async def test_each_line_is_answered_before_the_next_is_sent(process: Process) -> None:
    async with Stream.open(process) as opened, asyncio.timeout(240):
        for number in range(3):
            row = GOOD | {"transaction_id": f"T-{number}"}
            await opened.send(json.dumps(row).encode() + b"\n")
            line = await opened.line() or {}
            assert (f"T-{number}", opened.headers["x-fraud-release"]) == (
                line["transaction_id"],
                line["release"],
            )
        assert (200, "application/x-ndjson") == (opened.status, opened.headers["content-type"])
        await opened.end()
        assert await opened.line() is None


async def test_a_bad_line_is_refused_in_its_place(narrow: Process) -> None:
    unknown = json.dumps(GOOD | {"category": "zoo"}).encode()
    lines = [LINE, b"{", b"\n\n", b"x" * 1001 + b"\n", unknown + b"\n", b'{"amt": 1}\n', LINE.strip()]
    told = await stream(narrow, b"".join(lines))
    assert [None, "malformed", "too_large", "invalid", "invalid", None] == [each.get("code") for each in told]
    assert [None, 2, 4, 5, 6, None] == [each.get("line") for each in told]
    assert {"error", "code", "details", "line"} == set(told[1])
    assert ["category"] == [each["field"] for each in told[3]["details"]]


async def test_a_second_stream_is_too_many_and_one_that_falls_silent_is_ended(narrow: Process) -> None:
    async with Stream.open(narrow) as first, asyncio.timeout(240):
        await first.send(LINE + b'{"amt"')
        assert await first.line() is not None
        async with Stream.open(narrow) as second:
            await second.send(LINE)
            assert "overloaded" == ((await second.line()) or {})["code"]
            assert (503, "1") == (second.status, second.headers["retry-after"])
        refused = await first.line()
        assert refused is not None
        assert ("request_timeout", 2) == (refused["code"], refused["line"])
        assert await first.line() is None
    async with Stream.open(narrow) as silent, asyncio.timeout(240):
        assert "request_timeout" == ((await silent.line()) or {})["code"]
        assert 408 == silent.status
    assert await stream(narrow, LINE)


async def test_a_stream_client_that_does_not_read_is_paused_and_then_closed(narrow: Process) -> None:
    before = Usage(narrow.popen.pid).peak()
    sent = 0
    async with Stream.open(narrow) as opened, asyncio.timeout(300):
        with contextlib.suppress(ConnectionError):
            while sent < TOO_MUCH:
                await opened.send(LINE * 1000)
                sent += 1000 * len(LINE)
    assert sent < TOO_MUCH
    assert Usage(narrow.popen.pid).peak() - before < 32
    assert await stream(narrow, LINE)


async def test_a_long_stream_takes_no_more_memory_than_a_short_one(standalone: Process) -> None:
    await stream(standalone, LINE * 1000)
    before = Usage(standalone.popen.pid).peak()
    told = await stream(standalone, *[LINE * 1000] * 60)
    assert 60_000 == len(told)
    assert Usage(standalone.popen.pid).peak() - before < 32


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 422),
        (b"\n \n", {}, 422),
        (gzip.compress(b"\n" * 5_000_000), {"content-encoding": "gzip"}, 400),
        (b"no gzip", {"content-encoding": "gzip"}, 400),
        (gzip.compress(b"{}")[:-9], {"content-encoding": "gzip"}, 400),
        (LINE, {"content-encoding": "br"}, 415),
    ],
    ids=["empty", "blank", "bomb of blanks", "no gzip", "cut gzip", "brotli"],
)
def test_a_stream_without_a_line_is_refused_as_a_whole(
    standalone: Process, body: bytes, headers: dict[str, str], status: int
) -> None:
    told = httpx.post(
        f"{standalone.url}/predict/batch",
        content=body,
        headers={"content-type": "application/x-ndjson"} | headers,
        timeout=240,
    )
    assert status == told.status_code, told.text
    assert {"error", "code", "details"} == set(told.json())


def test_a_stream_is_not_explained(standalone: Process) -> None:
    headers = {"content-type": "application/x-ndjson"}
    url = f"{standalone.url}/predict/batch?explain=true"
    assert 400 == httpx.post(url, content=LINE, headers=headers).status_code


def binary(rows: list[dict[str, Any]], **parameters: object) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an inference request whose inputs are raw."""
    values = columns(rows)
    texts = [text.encode() for text in values["category"]]
    raw = {
        "amt": ("FP64", np.asarray(values["amt"], "<f8").tobytes()),
        "hour": ("UINT8", np.asarray(values["hour"], "<u1").tobytes()),
        "day_of_week": ("INT32", np.asarray(values["day_of_week"], "<i4").tobytes()),
        "category": ("BYTES", b"".join(len(text).to_bytes(4, "little") + text for text in texts)),
    }
    return raw_request(raw, len(rows), **parameters)


@pytest.mark.parametrize("raw_out", [True, False])
def test_raw_tensors_over_rest(process: Process, expected: list[dict[str, Any]], raw_out: bool) -> None:
    body, headers = binary(ROWS, binary_data_output=raw_out)
    response = httpx.post(f"{process.url}/v2/models/fraud/infer", content=body, headers=headers)
    length = int(response.headers.get("inference-header-content-length", len(response.content)))
    outputs = json.loads(response.content[:length])["outputs"]
    if raw_out:
        size = outputs[0]["parameters"]["binary_data_size"]
        scores = np.frombuffer(response.content[length : length + size], "<f4").astype(float).tolist()
    else:
        scores = outputs[0]["data"]
    assert "fraud_probability" == outputs[0]["name"]
    assert [each["fraud_probability"] for each in expected] == scores


@pytest.mark.parametrize(
    ("cut", "length"), [(1, 0), (0, 1), (0, -1)], ids=["bytes missing", "too long a head", "too short a head"]
)
def test_raw_tensors_that_do_not_add_up_are_refused(standalone: Process, cut: int, length: int) -> None:
    body, headers = binary([GOOD])
    headers["inference-header-content-length"] = str(int(headers["inference-header-content-length"]) + length)
    url = f"{standalone.url}/v2/models/fraud/infer"
    response = httpx.post(url, content=body[: len(body) - cut], headers=headers)
    assert (400, "malformed") == (response.status_code, response.json()["code"])
