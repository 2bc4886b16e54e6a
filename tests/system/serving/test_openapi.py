"""The service answers as its own OpenAPI says, whatever is sent."""

import gzip
import html
import json
import re
from typing import Any, Final

import httpx
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from fraud_serving.http_status import status_of
from fraud_transformer.docs.examples import ERRORS
from fraud_transformer.docs.openapi import describe, inlined
from fraud_transformer.docs.schemas import reference
from support.artifacts.fuzzing import leaked, little_memory_of, many
from support.processes import Process
from support.servers.described import DOCUMENT, Call, calls, keys, operations, validate

DOCUMENTS: Final = {"/openapi.json", "/docs"}
"""Whose example cannot be the whole: it would hold itself."""
SCHEMA_OF: Final = {
    "application/x-ndjson": {"oneOf": [reference("Answer"), reference("RefusedLine")]},
    "application/octet-stream": reference("InferResponse"),
}
PAYMENT: Final = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
MANY: Final = {"columns": {name: [value] * 25_000 for name, value in (PAYMENT | {"category": "a"}).items()}}

schema = schemathesis.openapi.from_dict(describe())


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: Any) -> bytes:  # noqa: ANN401 - whatever was made up
    """Made-up lines as they are."""
    del context
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def unsayable(case: schemathesis.Case[Any]) -> list[Any]:
    """Checks that ask more of a schema than JSON Schema can say.

    That tensors go by names, that lists are of one length; and that any text is a stream, whose lines are
    answered or refused one by one.
    """
    if case.media_type == "application/x-ndjson":
        return [positive_data_acceptance, negative_data_rejection]
    in_columns = isinstance(case.body, dict) and "columns" in case.body
    return [positive_data_acceptance] if in_columns or case.path.endswith("/infer") else []


@schema.parametrize()
@many
def test_any_request_gets_a_described_answer(case: schemathesis.Case[Any], standalone: Process) -> None:
    with little_memory_of(standalone.popen.pid):
        response = case.call_and_validate(base_url=standalone.url, excluded_checks=unsayable(case))
    assert response.status_code < 500
    assert set() == leaked(response.text, f"{response.request.path_url} {response.request.body!r}".encode())


def test_no_two_tests_have_one_id_so_that_every_route_is_tried(request: pytest.FixtureRequest) -> None:
    ids = [item.nodeid for item in request.session.items]
    assert sorted(set(ids)) == sorted(ids)


def test_the_document_that_is_served_is_the_one_that_is_tested(standalone: Process) -> None:
    assert describe() == httpx.get(f"{standalone.url}/openapi.json").json()


@pytest.mark.parametrize("call", list(calls()), ids=str)
def test_what_is_shown_to_be_sent_gets_an_answer_as_it_is_shown(call: Call, standalone: Process) -> None:
    url = standalone.url + call.path.replace("{version}", "unregistered") + call.query
    response = httpx.request(call.method, url, content=call.content, headers=call.headers)
    kind = response.headers["content-type"].partition(";")[0]
    assert 200 == response.status_code
    assert call.name in call.media(kind)["examples"]
    for each in objects(kind, response.text):
        validate(each, call.media(kind)["schema"] if kind == "application/json" else SCHEMA_OF[kind])
    if call.path not in DOCUMENTS:
        shown = call.media(kind)["examples"][call.name]["value"]
        text = shown if isinstance(shown, str) else json.dumps(shown)
        assert keys(objects(kind, text)) == keys(objects(kind, response.text))


@pytest.mark.parametrize(
    ("name", "path", "content", "kind"),
    [
        ("not_json", "/predict/", b"{", "application/json"),
        ("unknown_route", "/nothing", b"", ""),
        ("unknown_model", "/v2/models/other", b"", ""),
        ("method_not_allowed", "/predict/", b"", ""),
        ("body_too_large", "/predict/", b" " * ((1 << 20) + 1), "application/json"),
        ("too_many_transactions", "/predict/batch", json.dumps(MANY).encode(), "application/json"),
        ("unsupported_media", "/predict/", b"{}", "text/plain"),
        ("invalid", "/predict/", json.dumps(PAYMENT | {"hour": 25}).encode(), "application/json"),
    ],
)
def test_an_error_reads_as_it_is_shown(
    name: str, path: str, content: bytes, kind: str, standalone: Process
) -> None:
    url, headers = f"{standalone.url}{path}", {"content-type": kind}
    response = httpx.request("POST" if content else "GET", url, content=content, headers=headers)
    shown = DOCUMENT["components"]["examples"][f"Error.{name}"]["value"]
    assert (status_of(ERRORS[name]), shown) == (response.status_code, response.json())


def test_a_body_may_be_compressed_as_it_is_described(standalone: Process) -> None:
    for call in calls():
        if call.method == "post":
            url = standalone.url + call.path.replace("{version}", "unregistered")
            headers = call.headers | {"content-encoding": "gzip"}
            response = httpx.post(url, content=gzip.compress(call.content), headers=headers)
            assert "content-encoding: gzip" in call.operation["requestBody"]["description"]
            assert 200 == response.status_code


@pytest.mark.parametrize(("path", "method", "operation"), list(operations()))
def test_the_page_shows_every_route_with_its_examples(
    path: str, method: str, operation: dict[str, Any], standalone: Process
) -> None:
    section = sections(httpx.get(f"{standalone.url}/docs").text)[f"{method.upper()} {path}"]
    bodies = [operation.get("requestBody", {"content": {}}), operation["responses"]["200"]]
    shown = [
        each["value"]
        for body in bodies
        for media in body["content"].values()
        for each in media["examples"].values()
    ]
    assert shown
    assert [] == [example for example in shown if spaceless(example) not in spaceless(section)]
    assert [] == [status for status in operation["responses"] if f">{status}" not in section]


def test_the_page_shows_every_error_with_its_examples(standalone: Process) -> None:
    shown = sections(httpx.get(f"{standalone.url}/docs").text)
    for name, answer in inlined(DOCUMENT["components"]["responses"], DOCUMENT).items():
        for example in answer["content"]["application/json"]["examples"].values():
            assert spaceless(example["value"]) in spaceless(shown[name])


def test_every_link_of_the_page_leads_somewhere_and_none_elsewhere(standalone: Process) -> None:
    page = httpx.get(f"{standalone.url}/docs").text
    targets = {f"#{each}" for each in re.findall(r'id="([^"]+)"', page)} | {"openapi.json"}
    assert set() == set(re.findall(r'href="([^"]+)"', page)) - targets
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def objects(kind: str, text: str) -> list[Any]:
    """The JSON in a body: all of it, one a line, or what stands before raw tensors."""
    match kind:
        case "application/x-ndjson":
            return [json.loads(line) for line in text.splitlines()]
        case "text/html":
            return []
        case _:
            return [json.JSONDecoder().raw_decode(text)[0]]


def sections(page: str) -> dict[str, str]:
    """What stands under each heading of the page."""
    return {
        html.unescape(re.sub("<.*?>", "", title)): html.unescape(told)
        for title, told in re.findall(r"<h2[^>]*>(.*?)</h2>(.*?)(?=<h2|$)", page, re.DOTALL)
    }


def spaceless(example: object) -> str:
    """JSON, or text with its control characters as `printf` takes them, without white space."""
    text = example if isinstance(example, str) else json.dumps(example)
    visible = re.sub(r"[\x00-\x09]", lambda found: f"\\{ord(found[0]):03o}", text)
    return re.sub(r"\s", "", visible)
