"""The HTTP routes: who may come in, how much they may bring, what they get."""

import asyncio
import base64
import gzip
import json
import threading
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from support.registries.local_registry import SetClock, logged, md5, sequence
from wandb_local.errors import RequestError
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.runs.streams import Stream

VIEWER = {"query": "{ viewer { entity } }", "operationName": ""}
JSON = {"Content-Type": "application/json"}
PACKED = JSON | {"Content-Encoding": "gzip"}
STREAM = "/files/acme/fraud/r1/file_stream"


def address(service: Service, method: str, blob_id: str) -> str:
    return f"/blobs/{blob_id}?{service.access.sign(method, blob_id)}"


@pytest.fixture
def run(store: Store) -> int:
    return store.runs.create(store.projects.ensure("acme", "fraud"), "r1").id


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Basic", "Basic !", "Basic YXBpOnh4", "Bearer x", "Bearer " + "k" * 41, "Digest " + "k" * 40],
)
async def test_without_the_key_nothing_is_answered(
    anyone: httpx.AsyncClient, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path in (("POST", "/graphql"), ("POST", STREAM), ("GET", "/"), ("GET", "/acme/fraud")):
        answer = await anyone.request(method, path, headers=headers, json=VIEWER)
        assert answer.status_code == 401
        assert "API key is missing or wrong" in answer.text


@pytest.mark.parametrize(
    "authorization", ["Basic " + base64.b64encode(b"x:" + b"k" * 40).decode(), "Bearer " + "k" * 40]
)
async def test_the_key_works_as_password_and_as_bearer_token(
    anyone: httpx.AsyncClient, authorization: str
) -> None:
    answer = await anyone.post("/graphql", json=VIEWER, headers={"Authorization": authorization})
    assert answer.json() == {"data": {"viewer": {"entity": "local"}}}


async def test_health_needs_no_key_and_unknown_paths_are_not_found_before_it(
    anyone: httpx.AsyncClient,
) -> None:
    health = await anyone.get("/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    for request in (("POST", "/sdk/otel/v1/logs"), ("PUT", "/x/y/z"), ("GET", "/a/b/c/d"), ("POST", "/x")):
        assert (await anyone.request(*request)).status_code == 404


async def test_health_says_when_the_store_is_stuck(
    anyone: httpx.AsyncClient, client: httpx.AsyncClient, service: Service
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def stuck(_store: Store) -> None:
        begun.set()
        go_on.wait(240)

    service.limits = replace(service.limits, stuck_seconds=0.1)
    work = asyncio.create_task(service.call(stuck))
    try:
        await asyncio.to_thread(begun.wait)
        assert (await anyone.get("/healthz")).status_code == 200
        await asyncio.sleep(0.2)
        answer = await anyone.get("/healthz")
        assert (answer.status_code, answer.json()) == (503, {"status": "the store is stuck in a request"})
    finally:
        go_on.set()
        await work
    assert (await anyone.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"query": "{ viewer { entity } }", "variables": {"x": "\\ud800"}}', 400),
        (b'{"query": "{ viewer { entity } }", "variables": {"x": "\\ud83d\\ude00"}}', 200),
        (b'{"query": "{ artifact(id: \\"QXJ0aWZhY3Q6OTk5OTk5OTk5OTk5OTk5OTk5OTk5\\") { id } }"}', 404),
        (b'{"query": "' + b"x" * 5_000 + b'"}', 413),
        (b'{"variables": {"x": [' + b"1," * 1_000 + b'1]}, "query": "{ viewer { entity } }"}', 413),
        (b'{"query": "{ viewer { entity } }", "variables": {"x": 1' + b"0" * 3_500 + b"}}", 200),
    ],
    ids=["half a pair", "a pair", "a row beyond SQLite", "large", "values", "digits"],
)
async def test_an_odd_body_is_answered_by_its_rule(
    client: httpx.AsyncClient, service: Service, content: bytes, status: int
) -> None:
    service.limits = replace(service.limits, json_values=1000)
    assert (await client.post("/graphql", content=content, headers=JSON)).status_code == status


async def test_bodies_of_all_callers_together_have_a_limit(
    client: httpx.AsyncClient, service: Service
) -> None:
    service.limits = replace(service.limits, bodies=3000)
    for content in ("y" * 2000, [1] * 25):  # as bytes, and as values
        large = {"query": "{ viewer { entity } }", "variables": {"x": content}}
        service.take_body(1000)
        assert (await client.post("/graphql", json=large)).status_code == 503
        service.release_body(1000)
        assert (await client.post("/graphql", json=large)).status_code == 200
    service.take_body(3000)


async def test_answers_that_wait_for_their_callers_have_a_limit_of_all_callers_together(
    client: httpx.AsyncClient, service: Service, store: Store, run: int
) -> None:
    notes = "y" * 200_000
    store.runs.update(store.runs.get(run), {"notes": notes})
    asked = {"query": '{ project(name: "fraud", entityName: "acme") { run(name: "r1") { notes } } }'}
    service.limits = replace(service.limits, answers=100_000)
    service.take_answer(1)
    refused = await client.post("/graphql", json=asked)
    assert (503, "too many large answers are under way: ask again in a second") == (
        refused.status_code,
        refused.json()["error"],
    )
    service.release_answer(1)
    for _ in range(2):  # alone it may be larger, and is not counted once it was taken
        assert {"data": {"project": {"run": {"notes": notes}}}} == (
            await client.post("/graphql", json=asked)
        ).json()


async def test_a_report_of_too_many_lines_is_refused(
    client: httpx.AsyncClient, service: Service, store: Store, run: int
) -> None:
    service.limits = replace(service.limits, stream_lines=3)
    for files in (
        {"output.log": {"offset": 0, "content": ["x"] * 4}},
        {"output.log": {"content": ["x"] * 2}, "wandb-events.jsonl": {"content": ["{}"] * 2}},
    ):
        assert (await client.post(STREAM, json={"files": files})).status_code == 413
    assert store.streams.count(store.runs.get(run), Stream.CONSOLE) == 0
    answer = await client.post(STREAM, json={}, headers={"x-wandb-async-client-id": "w" * 129})
    assert (answer.status_code, "the limit is 128" in answer.text) == (400, True)


async def test_lines_of_a_report_that_come_by_the_thousand_are_no_shorter_than_real_ones(
    client: httpx.AsyncClient, service: Service, store: Store, run: int
) -> None:
    service.limits = replace(service.limits, stream_short_lines=3, stream_line=10)
    for line, status in (("{}", 413), ('{"x": 123}', 200)):
        report = {"files": {"wandb-history.jsonl": {"offset": 0, "content": [line] * 6}}}
        assert (await client.post(STREAM, json=report)).status_code == status
    assert store.streams.count(store.runs.get(run), Stream.HISTORY) == 6


async def test_numbers_that_json_lacks_are_answered_as_wandb_writes_them(
    client: httpx.AsyncClient, run: int
) -> None:
    lines = ['{"_step": 0, "x": NaN, "y": [1e999, {"z": -1e999}]}']
    report = {"files": {"wandb-history.jsonl": {"offset": 0, "content": lines}}}
    assert (await client.post(STREAM, json=report)).status_code == 200
    query = (
        '{ project(name: "fraud", entityName: "acme") { run(name: "r1") { parquetHistory { liveData } } } }'
    )
    (row,) = (await client.post("/graphql", json={"query": query})).json()["data"]["project"]["run"][
        "parquetHistory"
    ]["liveData"]
    assert row == {"_step": 0, "x": "NaN", "y": ["Infinity", {"z": "-Infinity"}]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body is not JSON"),
        (b"[" * 2000, "the body is not JSON"),
        (b"[]", "the body must be a JSON object"),
        (b'{"query": 1}', "a GraphQL request has a query"),
        (b'{"query": "{ viewer }", "variables": []}', "must have a selection"),
        (b'{"query": "{ viewer { entity } }", "variables": "x"}', "a GraphQL request has a query"),
    ],
)
async def test_a_malformed_query_is_a_bad_request(client: httpx.AsyncClient, body: bytes, said: str) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["/graphql", STREAM])
async def test_a_large_body_is_refused_packed_or_not(client: httpx.AsyncClient, run: int, path: str) -> None:
    large = json.dumps({"query": "x" * 10_000_000}).encode()
    plain = await client.post(path, content=large, headers=JSON)
    packed = await client.post(path, content=gzip.compress(large), headers=PACKED)
    assert (plain.status_code, packed.status_code) == (413, 413)
    assert "the body exceeds 4096 bytes" in packed.json()["error"]


async def test_a_gzip_bomb_never_unfolds(client: httpx.AsyncClient) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    tracemalloc.start()
    try:
        answer = await client.post("/graphql", content=bomb, headers=PACKED)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, peak < 2_000_000) == (413, True)


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"no gzip", "gzip", "the body is not gzip"),
        (gzip.compress(b"{}")[:-9], "gzip", "incomplete"),
        (b"{}", "br", "Content-Encoding 'br' is not known"),
    ],
    ids=["no gzip", "cut off", "brotli"],
)
async def test_a_body_that_is_not_what_it_says_is_refused(
    client: httpx.AsyncClient, content: bytes, encoding: str, said: str
) -> None:
    answer = await client.post("/graphql", content=content, headers=JSON | {"Content-Encoding": encoding})
    assert (answer.status_code, said in answer.text) == (400, True)


async def test_a_packed_report_is_kept(client: httpx.AsyncClient, store: Store, run: int) -> None:
    report = {
        "files": {
            "wandb-history.jsonl": {"offset": 0, "content": ['{"_step": 0, "x": 1}']},
            "wandb-summary.json": {"offset": 0, "content": ['{"x": 1}']},
            "output.log": {"offset": 0, "content": ["hello"]},
            "unheard-of.txt": {"offset": 0, "content": ["?"]},
        },
        "complete": True,
        "exitcode": 1,
    }
    body = gzip.compress(json.dumps(report).encode())
    answer = await client.post(STREAM, content=body, headers=PACKED)
    found = store.runs.get(run)
    assert (answer.json(), found.state, found.summary) == (
        {"limits": None, "stopped": False},
        "failed",
        '{"x": 1}',
    )
    assert store.streams.history(found) == [{"_step": 0, "x": 1}]


async def test_a_run_that_shall_stop_is_notified(client: httpx.AsyncClient, store: Store, run: int) -> None:
    store.runs.request_stop(store.runs.get(run))
    assert (await client.post(STREAM, json={})).json()["stopped"] is True


@pytest.mark.parametrize(
    "report",
    [
        {"files": []},
        {"files": {"wandb-summary.json": {"content": ["[]"]}}},
        {"files": {"wandb-history.jsonl": {"offset": "x", "content": []}}},
        {"files": {"wandb-history.jsonl": {"offset": 2**70, "content": []}}},
        {"files": {"wandb-history.jsonl": {"offset": 0, "content": [1]}}},
        {"complete": "yes"},
    ],
)
async def test_a_malformed_report_changes_nothing(
    client: httpx.AsyncClient, store: Store, run: int, report: dict[str, object]
) -> None:
    before = store.runs.get(run)
    assert (await client.post(STREAM, json=report)).status_code == 400
    assert store.runs.get(run) == before


async def test_a_report_of_an_unknown_run_is_not_found(client: httpx.AsyncClient, run: int) -> None:
    answer = await client.post("/files/acme/fraud/r2/file_stream", json={})
    assert (answer.status_code, answer.json()["error"]) == (404, "run acme/fraud/r2 not found")


async def test_bytes_go_in_once_and_come_out_whole_or_in_ranges(
    anyone: httpx.AsyncClient, service: Service, store: Store
) -> None:
    blob_id = store.blobs.announce(md5(b"0123456789"))
    put, get = address(service, "PUT", blob_id), address(service, "GET", blob_id)
    assert (await anyone.get(get)).status_code == 404
    assert (await anyone.put(put, content=b"0123456780")).status_code == 400
    assert (
        await anyone.put(put, content=b"x", headers={"Content-MD5": md5(b"0123456789")})
    ).status_code == 400
    assert (await anyone.put(put, content=b"0123456789")).status_code == 200
    whole, part = await anyone.get(get), await anyone.get(get, headers={"Range": "bytes=2-4"})
    assert (whole.content, part.status_code, part.content) == (b"0123456789", 206, b"234")
    assert (whole.headers["content-disposition"], whole.headers["x-content-type-options"]) == (
        "attachment",
        "nosniff",
    )


async def test_an_upload_over_the_limit_is_refused(
    client: httpx.AsyncClient, service: Service, store: Store, tmp_path: Path
) -> None:
    blob_id = store.blobs.announce(None)
    answer = await client.put(address(service, "PUT", blob_id), content=b"x" * 65537)
    assert (answer.status_code, list((tmp_path / "blobs" / "incoming").iterdir())) == (413, [])


async def test_an_address_works_for_its_method_its_blob_and_its_time(
    client: httpx.AsyncClient, service: Service, store: Store, clock: SetClock
) -> None:
    first, second = store.blobs.announce(None), store.blobs.announce(None)
    get = address(service, "GET", first)
    query = urlsplit(get).query
    expires = query.partition("&")[0]
    for path in (
        f"/blobs/{second}?{query}",
        f"/blobs/{first}",
        f"/blobs/{first}?{expires}&signature=ü",
        f"/blobs/{first}?{query.replace('expires=1', 'expires=9')}",
        f"/blobs/..%2F..%2Fapi-key?{query}",
    ):
        assert (await client.get(path)).status_code in {403, 404}
    assert (await client.put(get, content=b"x")).status_code == 403
    clock.pass_by(timedelta(hours=1, seconds=1))
    answer = await client.get(get)
    assert (answer.status_code, "ask for a new one" in answer.text) == (403, True)


async def test_an_artifact_file_is_also_found_by_its_digest(
    client: httpx.AsyncClient, anyone: httpx.AsyncClient, store: Store
) -> None:
    logged(store, sequence(store), b"content")
    digest = "9a0364b9e99bb480dd25e1f0284c8555"  # MD5 of b"content"
    base = "/artifactsV2/default/acme/fraud/model"
    for path in (
        f"{base}/QXJ0aWZhY3Q6MQ==/{digest}/model.bin",
        f"{base}/x/QXJ0aWZhY3Q6MQ==/{digest}/model.bin",
    ):
        assert (await client.get(path)).content == b"content"
    for path in (
        f"{base}/QXJ0aWZhY3Q6MQ==/{'0' * 32}/model.bin",
        f"{base}/QXJ0aWZhY3Q6MQ==/nothex/model.bin",
        f"{base}/QXJ0aWZhY3Q6OQ==/{digest}/model.bin",
        f"{base}/nonsense/{digest}/model.bin",
    ):
        assert (await client.get(path)).status_code == 404
    assert (await anyone.get(f"{base}/QXJ0aWZhY3Q6MQ==/{digest}/model.bin")).status_code == 401


async def test_a_defect_is_logged_in_full_and_answered_in_short(
    client: httpx.AsyncClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.database.run("DROP TABLE input")
    store.database.run("DROP TABLE project")
    answer = await client.post("/graphql", json={"query": '{ project(name: "p") { id } }'})
    assert (answer.status_code, answer.json()["error"]) == (500, "internal error: see the server's log")
    assert "no such table: project" in caplog.text


async def test_a_refused_mutation_changes_nothing(client: httpx.AsyncClient, store: Store) -> None:
    query = "mutation ($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }"
    draft = {
        "projectName": "new",
        "artifactCollectionName": "m",
        "artifactTypeName": "model",
        "digest": "d",
        "aliases": [{"alias": "v3"}],
    }
    answer = await client.post("/graphql", json={"query": query, "variables": {"i": draft}})
    message = "alias 'v3' is reserved for versions: choose another name"
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, message)
    assert store.projects.everything() == []


async def test_requests_at_the_same_time_do_not_disturb_each_other(
    client: httpx.AsyncClient, store: Store
) -> None:
    query = "mutation ($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }"
    bodies = [
        {"query": query, "variables": {"i": {"name": f"r{i % 5}", "modelName": "p"}}} for i in range(50)
    ]
    answers = await asyncio.gather(*(client.post("/graphql", json=body) for body in bodies))
    inserted = [answer.json()["data"]["upsertBucket"]["inserted"] for answer in answers]
    assert (sum(inserted), len(store.runs.of_project(store.projects.named("local", "p")))) == (5, 5)


def test_every_refusal_has_a_status_that_says_whose_fault_it_is() -> None:
    assert all(400 <= kind.status < 600 for kind in RequestError.__subclasses__())
