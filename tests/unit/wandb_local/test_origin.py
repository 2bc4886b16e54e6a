"""What a page of another site can make a browser send, which has the key, changes nothing."""

import json

import httpx
import pytest

from wandb_local.service import Service
from wandb_local.store import Store

MUTATION = "mutation ($i: I!) { upsertBucket(input: $i) { inserted } }"
CHANGE = json.dumps({"query": MUTATION, "variables": {"i": {"name": "r"}}})
JSON = {"Content-Type": "application/json"}
PATHS = ["/graphql", "/files/local/p/r/file_stream"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/plain; application/json",
    ],
)
async def test_what_a_form_can_send_is_refused(
    client: httpx.AsyncClient, store: Store, path: str, kind: str
) -> None:
    answer = await client.post(path, content=CHANGE, headers={"Content-Type": kind})
    assert (answer.status_code, "Content-Type must be application/json" in answer.text) == (415, True)
    assert store.projects.everything() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Origin": "http://test.evil.example"},
        {"Origin": "http://test:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://test"},
    ],
)
async def test_a_page_of_another_site_is_refused_on_every_route_that_changes(
    client: httpx.AsyncClient, service: Service, store: Store, headers: dict[str, str]
) -> None:
    blob_id = store.blobs.announce(None)
    upload = f"/blobs/{blob_id}?{service.access.sign('PUT', blob_id)}"
    answers = [await client.post(path, content=CHANGE, headers=JSON | headers) for path in PATHS]
    answers.append(await client.put(upload, content=b"x", headers=headers))
    assert [403] * 3 == [answer.status_code for answer in answers]
    assert (store.projects.everything(), store.blobs.get(blob_id).stored_at) == ([], None)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://test"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Content-Type": "application/json; charset=utf-8"},
    ],
)
async def test_programs_and_our_own_pages_pass(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/graphql", content=CHANGE, headers=JSON | headers)
    assert (answer.status_code, answer.json()) == (200, {"data": {"upsertBucket": {"inserted": True}}})


async def test_no_cookie_is_ever_set(client: httpx.AsyncClient) -> None:
    for answer in (await client.get("/"), await client.post("/graphql", content=CHANGE, headers=JSON)):
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["[::1", "[", "a b", "x:y", ""])
async def test_a_host_that_is_no_address_is_answered_all_the_same(
    client: httpx.AsyncClient, host: str
) -> None:
    for path in ("/graphql", "/files/local/p/r/file_stream"):
        answer = await client.post(path, content=CHANGE, headers=JSON | {"Host": host})
        assert answer.status_code in {200, 400, 404}
    assert (await client.get("/", headers={"Host": host})).status_code == 200
