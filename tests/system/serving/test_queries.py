"""Query parameters, verbs, slashes and encodings that clients send: done, or refused by name."""

import gzip
import json
import zlib
from typing import Final

import httpx
import pytest

from support.processes import Process

GOOD: Final = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "travel"}
INPUTS: Final = {
    "inputs": [
        {"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]},
        {"name": "hour", "datatype": "INT64", "shape": [1], "data": [14]},
        {"name": "day_of_week", "datatype": "INT64", "shape": [1], "data": [3]},
        {"name": "category", "datatype": "BYTES", "shape": [1], "data": ["travel"]},
    ]
}
BODIES: Final = {
    "/predict": GOOD,
    "/predict/": GOOD,
    "/predict/batch": {"transactions": [GOOD]},
    "/predict/batch/": {"columns": {name: [value] for name, value in GOOD.items()}},
    "/v1/models/fraud:predict": {"instances": [GOOD]},
    "/v1/models/fraud:predict/": {"instances": [GOOD]},
    "/v1/models/fraud:explain": {"instances": [GOOD]},
    "/v2/models/fraud/infer": INPUTS,
    "/v2/models/fraud/infer/": INPUTS,
    "/v2/models/fraud/versions/unregistered/infer/": INPUTS,
}


def post(process: Process, path: str, query: str = "") -> httpx.Response:
    return httpx.post(f"{process.url}{path}{query}", json=BODIES[path], timeout=300)


@pytest.mark.parametrize("path", BODIES)
def test_an_unknown_query_parameter_is_refused_by_name(path: str, standalone: Process) -> None:
    assert 200 == post(standalone, path).status_code
    for query, name in (
        ("?explan=true", "explan"),
        ("?Explain=true", "Explain"),
        ("?explain", "explain"),
        ("?verbose", "verbose"),
        (f"?{'x' * 3_000}=1", "x" * 64),
    ):
        response = post(standalone, path, query)
        assert (400, "malformed") == (response.status_code, response.json()["code"])
        assert name in response.json()["error"]
        assert len(response.json()["error"]) < 200
    assert 400 == post(standalone, path, "?explain=true&explain=false").status_code
    assert 400 == post(standalone, path, f"?{'a&' * 100}").status_code


def test_a_stream_refuses_query_parameters_too(standalone: Process) -> None:
    headers = {"content-type": "application/x-ndjson"}
    for query in ("?explan=true", "?explain=true"):
        response = httpx.post(
            f"{standalone.url}/predict/batch{query}", content=json.dumps(GOOD).encode(), headers=headers
        )
        assert (400, "malformed") == (response.status_code, response.json()["code"])


def test_the_verb_explain_answers_as_the_parameter_does(standalone: Process) -> None:
    explained = post(standalone, "/v1/models/fraud:explain").json()
    assert post(standalone, "/v1/models/fraud:predict", "?explain=true").json() == explained
    assert explained["predictions"][0]["explanation"]["reasons"]


@pytest.mark.parametrize(
    "path",
    ["/health", "/docs", "/v1/models", "/v1/models/fraud", "/v2", "/v2/models", "/v2/models/fraud",
     "/v2/models/fraud/ready", "/v2/health/live", "/v2/health/ready",
     "/v2/models/fraud/versions/unregistered"],
)  # fmt: skip
def test_a_slash_at_the_end_changes_nothing(path: str, standalone: Process) -> None:
    told, slashed = (httpx.get(f"{standalone.url}{each}") for each in (path, f"{path}/"))
    assert (200, told.content) == (slashed.status_code, slashed.content)


def test_only_one_slash_is_taken_off(standalone: Process) -> None:
    assert 404 == httpx.get(f"{standalone.url}/health//").status_code


def test_the_models_are_listed_in_v2_as_kserve_lists_them(standalone: Process) -> None:
    assert {"models": ["fraud"]} == httpx.get(f"{standalone.url}/v2/models").json()


@pytest.mark.parametrize("path", BODIES)
def test_a_body_may_be_compressed_and_begin_with_a_byte_order_mark(path: str, standalone: Process) -> None:
    plain = post(standalone, path).json()
    body = b"\xef\xbb\xbf" + json.dumps(BODIES[path]).encode()
    bare = zlib.compressobj(wbits=-15)
    for content, encoding in (
        (body, "identity"),
        (gzip.compress(body), "gzip"),
        (gzip.compress(body[:9]) + gzip.compress(body[9:]), "gzip"),
        (zlib.compress(body), "deflate"),
        (bare.compress(body) + bare.flush(), "deflate"),
    ):
        headers = {"content-type": "application/json", "content-encoding": encoding}
        response = httpx.post(f"{standalone.url}{path}", content=content, headers=headers)
        assert (200, plain) == (response.status_code, response.json())
