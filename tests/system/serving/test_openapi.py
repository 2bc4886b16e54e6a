"""The service answers as its own OpenAPI says, whatever is sent."""

import json
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from fraud_transformer.openapi import describe
from support.fuzzing import LEAKS, many
from support.processes import Process

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
    response = case.call_and_validate(base_url=standalone.url, excluded_checks=unsayable(case))
    assert response.status_code < 500
    assert not LEAKS.search(response.text)


def test_no_two_tests_have_one_id_so_that_every_route_is_tried(request: pytest.FixtureRequest) -> None:
    ids = [item.nodeid for item in request.session.items]
    assert sorted(set(ids)) == sorted(ids)


def test_the_document_that_is_served_is_the_one_that_is_tested(standalone: Process) -> None:
    assert describe() == httpx.get(f"{standalone.url}/openapi.json").json()


def test_the_page_shows_every_route_with_its_example(standalone: Process) -> None:
    page = httpx.get(f"{standalone.url}/docs").text
    for path in httpx.get(f"{standalone.url}/openapi.json").json()["paths"]:
        assert f" {path}</code></h2>" in page
    assert "http://" not in page
    assert "<script" not in page
