"""Bodies that no schema describes: bytes at random, nesting, good requests gone bad by a few bytes."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_transformer.docs.openapi import describe, inlined
from support.artifacts.fuzzing import leaked, little_memory_of, many
from support.processes import Process

ROUTES = inlined(describe()["paths"], describe())
PATHS = {path: methods["post"] for path, methods in ROUTES.items() if "post" in methods}
TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/octet-stream",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "text/plain",
    "",
)
HEADERS = st.fixed_dictionaries(
    {"content-type": st.sampled_from(TYPES)},
    optional={
        "content-encoding": st.sampled_from(["gzip", "identity", "br"]),
        "inference-header-content-length": st.integers(-1, 300).map(str),
        "traceparent": st.text("0123456789abcdef-", max_size=60),
    },
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
FIELDS = st.sampled_from(
    [
        "transactions",
        "columns",
        "instances",
        "inputs",
        "amt",
        "hour",
        "day_of_week",
        "category",
        "name",
        "data",
    ]
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | st.text(max_size=5), inner)
).map(lambda value: json.dumps(value).encode())
DEEP = st.tuples(
    st.sampled_from([b"[", b'{"a":', b'{"transactions":[', b'{"inputs":[{"data":[']), st.integers(1, 1_500)
).map(lambda opening: opening[0] * opening[1])


def examples(operation: Mapping[str, Any]) -> list[bytes]:
    """The bodies that the description shows."""
    shown = []
    for media in operation["requestBody"]["content"].values():
        told = [each["value"] for each in media["examples"].values()]
        shown += [each.encode() if isinstance(each, str) else json.dumps(each).encode() for each in told]
    return shown


@st.composite
def gone_bad(draw: st.DrawFn, good: list[bytes]) -> bytes:
    """A good body with a piece of it replaced."""
    body = draw(st.sampled_from(good))
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 12)))
    return body[:start] + draw(st.binary(max_size=12)) + body[end:]


@pytest.mark.parametrize("path", PATHS)
def test_any_body_gets_a_described_answer(path: str, standalone: Process) -> None:
    described = {int(status) for status in PATHS[path]["responses"]}
    url = standalone.url + path.replace("{version}", "unregistered")
    bodies = st.binary(max_size=200) | NESTED | DEEP | gone_bad(examples(PATHS[path]))

    with httpx.Client(timeout=300) as client:

        @many
        @given(body=bodies, headers=HEADERS)
        def answered(body: bytes, headers: dict[str, str]) -> None:
            with little_memory_of(standalone.popen.pid):
                response = client.post(url, content=body, headers=headers)
            assert response.status_code in described
            assert response.status_code < 500
            assert set() == leaked(response.text, body)
            if response.status_code != 200:
                assert {"error", "code", "details"} == set(response.json()) - {"transaction_id"}

        answered()
