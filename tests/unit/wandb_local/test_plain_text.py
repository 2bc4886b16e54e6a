"""No name or message of a caller steers a terminal or forges a line of the log."""

import logging

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from wandb_local.errors import InvalidRequestError
from wandb_local.values.names import checked_name, checked_path
from wandb_local.values.plain_text import PlainFormatter, is_plain, plain

HOSTILE = [
    "a\x1b[31mb",
    "a\nb",
    "a\rb",
    "a\tb",
    "a\x00b",
    "a\x7fb",
    "a\x9bb",
    "a\u202eb",
    "a\u2066b",
    "a\u2028b",
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        checked_name(name, "alias")
    assert is_plain(str(error.value))
    with pytest.raises(InvalidRequestError) as error:
        checked_path(name)
    assert is_plain(str(error.value))


@pytest.mark.parametrize("name", ["Fraud Detection", "größe", "模型", "модель", "m+é=?&%#\"'<>", "👩‍💻"])
def test_a_name_in_any_language_is_taken(name: str) -> None:
    assert (checked_name(name, "project name"), checked_path(f"{name}/x"), plain(name)) == (
        name,
        f"{name}/x",
        name,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_log_line_is_one_line_whatever_it_says(text: str) -> None:
    formatter = PlainFormatter("%(levelname)s: %(message)s")
    logger = logging.getLogger("test")
    error = ValueError(text)
    record = logger.makeRecord("n", logging.ERROR, "f", 1, "%s", (text,), (ValueError, error, None))
    first, *trace = formatter.format(record).split("\n")
    assert first.startswith("ERROR: ")
    assert all(line.startswith("  | ") for line in trace)
    assert all(map(is_plain, [first, *trace]))


@pytest.mark.parametrize("text", [name for name in HOSTILE if name != "\ud800"])
async def test_an_error_shown_by_the_sdk_is_plain(client: httpx.AsyncClient, text: str) -> None:
    query = "query ($n: String) { project(name: $n) { run(name: $n) { id } } }"
    mutation = "mutation ($i: I!) { createRunFiles(input: $i) { runID } }"
    for asked in (
        {"query": query.replace("project", text)},
        {"query": mutation, "variables": {"i": {"projectName": text, "entityName": text, "runName": text}}},
        {"query": mutation, "variables": {"i": {"projectName": [text]}}},
    ):
        answer = await client.post("/graphql", json=asked)
        assert (answer.status_code in {400, 404}, is_plain(answer.json()["error"])) == (True, True)


@given(st.text())
def test_what_is_made_plain_is_plain_and_stays(text: str) -> None:
    assert is_plain(plain(text))
    assert plain(plain(text)) == plain(text)
