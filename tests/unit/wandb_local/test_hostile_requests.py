"""Whatever a holder of the key sends is answered, never by a defect and never for long."""

import json
import time
from collections.abc import Iterator

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from support.registries.local_registry import logged, sequence
from wandb_local import running
from wandb_local.graph.mutations.root import MUTATIONS
from wandb_local.store import Store
from wandb_local.store.runs.streams import Stream
from wandb_local.values.identifiers import global_id

NAMES = [
    *("name", "modelName", "entityName", "projectName", "runName", "id", "files", "tags", "config", "state"),
    *(
        "summaryMetrics",
        "displayName",
        "groupName",
        "artifactID",
        "artifactCollectionName",
        "artifactTypeName",
    ),
    *(
        "digest",
        "aliases",
        "metadata",
        "description",
        "ttlDurationSeconds",
        "historyStep",
        "clientID",
        "type",
    ),
    *("artifactFiles", "artifactManifestID", "title", "text", "severity", "waitDuration", "tagsToAdd"),
    *("artifactPortfolioName", "artifactPortfolioID", "artifactSequenceID", "deleteAliases", "labels"),
]
IDS = [
    global_id(kind, row)
    for kind in ("Run", "Artifact", "ArtifactCollection", "ArtifactManifest")
    for row in (1, 9)
]
WORDS = [
    "acme",
    "fraud",
    "model",
    "r",
    "v0",
    "latest",
    "d",
    "{}",
    "[]",
    "",
    "a/b",
    "\x1b[2J",
    "x" * 300,
    "é\u202e",
]
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(WORDS + IDS)
)
ITEMS = st.dictionaries(
    st.sampled_from(["alias", "tagName", "name", "md5", "artifactID", "artifactCollectionName"]), SCALARS
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.lists(ITEMS, max_size=2)
FIELDS = {"project": "project(name: $a, entityName: $b)", "run": "run(name: $a)"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data = tmp_path_factory.mktemp("data")
    store = Store.open(data)
    model = sequence(store)
    run = store.runs.create(store.projects.get(model.project_id), "r")
    lines = ['{"_step": 0, "x": 1e999}', '{"_step": 1, "y": "\\ud800"}']
    store.streams.append(run, Stream.HISTORY, "", 0, lines)
    logged(store, model, b"1", "production", run=run)
    store.database.close()
    with (
        running(data, entity="acme") as server,
        httpx.Client(base_url=server.url, auth=("api", server.api_key), timeout=240) as sending,
    ):
        yield sending


def answered(client: httpx.Client, query: str, variables: object) -> int:
    begun = time.monotonic()
    body = json.dumps({"query": query, "variables": variables})
    status = client.post("/graphql", content=body, headers={"Content-Type": "application/json"}).status_code
    assert time.monotonic() - begun < 30
    return status


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
@given(given_input=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12))
@settings(deadline=None, max_examples=40)
def test_a_mutation_is_done_or_refused(
    client: httpx.Client, mutation: str, given_input: dict[str, object]
) -> None:
    query = f"mutation ($i: I!) {{ {mutation}(input: $i) {{ __typename }} }}"
    assert answered(client, query, {"i": given_input}) < 500


PROJECT = """project(name: "fraud", entityName: "acme") { %s }"""
RUN = PROJECT % """run(name: "r") { %s }"""
COLLECTION = PROJECT % """artifactCollection(name: "model") { %s }"""
QUERIES = [
    "project(name: $a, entityName: $b) { id }",
    "artifact(id: $a) { digest files(names: $l, first: $n) { edges { node { name } } } }",
    "clientIDMapping(clientID: $a) { serverID }",
    PROJECT % "runs(filters: $a, order: $b, first: $n, after: $b) { totalCount }",
    PROJECT % "artifactCollections(filters: $a, order: $b) { totalCount }",
    COLLECTION % "artifacts(filters: $a, order: $b, first: $n, after: $b) { edges { version } }",
    COLLECTION % "artifactMembership(aliasName: $a) { versionIndex }",
    RUN % "history(minStep: $n, maxStep: $n, samples: $n)",
    RUN
    % "sampledHistory(specs: $l) parquetHistory(liveKeys: $l) { liveData } historyKeys wandbConfig(keys: $l)",
    RUN % "files(names: $l, pattern: $a) { edges { node { name } } }",
]
FILTERS = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(
            st.sampled_from(
                ["$or", "$and", "$not", "$regex", "$in", "$gt", "state", "config.x", "tags", "size", "name"]
            ),
            inner,
            max_size=3,
        )
        | st.lists(inner, max_size=3)
    ),
    max_leaves=8,
).map(json.dumps)


@pytest.mark.parametrize("query", QUERIES)
@given(a=FILTERS | SCALARS, b=SCALARS, n=SCALARS, l=VALUES | st.lists(FILTERS, max_size=3))
@settings(deadline=None, max_examples=40)
def test_a_query_is_answered_or_refused(  # noqa: PLR0913, PLR0917 - one for each variable
    client: httpx.Client,
    query: str,
    a: object,
    b: object,
    n: object,
    l: object,  # noqa: E741 - as in the queries
) -> None:
    assert (
        answered(
            client, f"query ($a: A, $b: A, $n: A, $l: A) {{ {query} }}", {"a": a, "b": b, "n": n, "l": l}
        )
        < 500
    )


PAGES = [
    "/",
    "/acme/fraud",
    "/acme/fraud/runs/r",
    "/acme/fraud/artifacts/model/model",
    "/acme/fraud/artifacts/model/model/v0",
]


@pytest.mark.parametrize("path", PAGES)
@given(
    query=st.dictionaries(
        st.sampled_from(["sort", "column", "page", "run"]), st.text(max_size=9) | st.sampled_from(WORDS)
    )
)
@settings(deadline=None, max_examples=20)
def test_a_page_is_shown_whatever_the_address_asks(
    client: httpx.Client, path: str, query: dict[str, str]
) -> None:
    assert client.get(path, params=query).status_code < 500


LINES = st.sampled_from(
    ['{"_step": 1}', '{"x": 1e400, "_step": -1}', '{"_step": 99999999999999999999}', "{", '{"y": {"z": NaN}}']
)
FILES = ["wandb-history.jsonl", "wandb-events.jsonl", "output.log", "wandb-summary.json", "x"]


@given(
    st.dictionaries(
        st.sampled_from(FILES),
        st.fixed_dictionaries(
            {"offset": SCALARS | st.integers(0, 9), "content": st.lists(LINES, max_size=3) | SCALARS}
        )
        | SCALARS,
    ),
    SCALARS,
)
@settings(deadline=None, max_examples=100)
def test_a_report_is_kept_or_refused(client: httpx.Client, files: object, code: object) -> None:
    body = json.dumps({"files": files, "complete": code is not None, "exitcode": code})
    path = "/files/acme/fraud/r/file_stream"
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500
    assert client.get("/acme/fraud/runs/r").status_code in {200, 404}


UPSERT = "mutation ($i: I!) { upsertBucket(input: $i) { inserted } }"
DEEP = '{"x": %s}' % ("[" * 9_990 + "]" * 9_990)
"""As deep as Python's JSON reads, and deeper than it writes."""
HALF = '{"\\ud800": 1, "a": {"\\udc00": "\\ud800"}}'


@pytest.mark.parametrize("kept", ["config", "summaryMetrics"])
@pytest.mark.parametrize(("document", "status"), [(DEEP, 400), (HALF, 200)], ids=["deep", "half a pair"])
def test_a_document_that_is_kept_can_be_shown(
    client: httpx.Client, kept: str, document: str, status: int
) -> None:
    given_input = {"entityName": "acme", "modelName": "fraud", "name": "shown", kept: document}
    assert answered(client, UPSERT, {"i": {**given_input, kept: "{}"}}) == 200
    assert answered(client, UPSERT, {"i": given_input}) == status
    for page in ("/acme/fraud", "/acme/fraud/runs/shown", "/acme/fraud/compare?run=r&run=shown"):
        assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    "report", [{"wandb-history.jsonl": {"content": [DEEP]}}, {"wandb-summary.json": {"content": [DEEP]}}]
)
def test_a_report_deeper_than_it_could_be_shown_is_refused(client: httpx.Client, report: object) -> None:
    answer = client.post("/files/acme/fraud/r/file_stream", json={"files": report})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "spec", ["[" * 30_000, DEEP, '{"keys": ["x"], "samples": 1e999}', '{"keys": ["x"], "minStep": 1e999}']
)
def test_a_sample_of_the_history_is_taken_or_refused(client: httpx.Client, spec: str) -> None:
    query = "query ($l: A) { %s }" % (RUN % "sampledHistory(specs: $l)")
    assert answered(client, query, {"l": [spec]}) == 400
