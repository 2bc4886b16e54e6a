"""The web pages."""

import json
import math
import re
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from support.registries.local_registry import artifact_digest, logged, md5, sequence, upload
from wandb_local.pages.charts.lines import chart
from wandb_local.pages.columns import View
from wandb_local.pages.environment import NOTICE, url
from wandb_local.pages.values import flat, readable, readable_size
from wandb_local.store import Store
from wandb_local.store.artifacts.versions import Draft
from wandb_local.store.records import Artifact, Collection, CollectionKind
from wandb_local.store.runs.streams import Stream

EVIL = '<script>alert("1")</script>\'&'
DEEP = "[" * 9_990 + "]" * 9_990
"""As deep as Python's JSON reads, and deeper than it writes."""
ESCAPES = "\x1b[31m red \u202e turned"


@pytest.fixture
def filled(store: Store) -> Store:
    """A project in which everything that a client may name is hostile markup."""
    model = sequence(store, "m<b>")
    project = store.projects.get(model.project_id)
    run = store.runs.create(project, "r<i>")
    run = store.runs.update(
        run,
        {
            "display_name": EVIL,
            "notes": EVIL + ESCAPES,
            "job_type": EVIL,
            "group_name": EVIL,
            "tags": json.dumps([EVIL, ESCAPES]),
            "config": json.dumps({EVIL: {"value": EVIL}, "_wandb": {"value": {}}}),
            "summary": json.dumps({EVIL: EVIL, "auc": 0.123456789, "_step": 3}),
        },
    )
    rows = [
        json.dumps({"_step": step, EVIL: step, "loss": 1 / (step + 1), "flag": True}) for step in range(3)
    ]
    store.streams.append(run, Stream.HISTORY, "", 0, rows)
    store.streams.append(run, Stream.CONSOLE, "", 0, [EVIL, ESCAPES])
    upload(store, store.run_files.announce(run, EVIL).blob_id or "", b"x")
    upload(store, store.run_files.announce(run, "media/picture.png").blob_id or "", b"x")
    table = json.dumps({"columns": ["decision", EVIL], "data": [["review", 1804], [EVIL, None]]})
    upload(store, store.run_files.announce(run, "media/x.table.json").blob_id or "", table.encode())
    store.alerts.add(run, EVIL, ESCAPES, "WARN", timedelta())
    store.runs.create(project, "other")
    artifact = logged(store, model, b"1", EVIL.replace("/", ""), run=run)
    store.artifacts.update(artifact, description=EVIL, metadata=json.dumps({EVIL: EVIL}), ttl=None)
    store.artifacts.tag(artifact.id, [EVIL.replace("/", "")])
    store.lineage.used(run, artifact)
    return store


BASE = "/acme/fraud"
PAGES = [
    "/",
    BASE,
    f"{BASE}/runs/r%3Ci%3E",
    f"{BASE}/artifacts/model/m%3Cb%3E",
    f"{BASE}/artifacts/model/m%3Cb%3E/v0",
    f"{BASE}/artifacts/model/m%3Cb%3E/latest",
]
COMPARISON = f"{BASE}/compare?run=r%3Ci%3E&run=other"


@pytest.mark.parametrize("path", [*PAGES, COMPARISON])
async def test_every_page_escapes_what_clients_wrote_and_says_what_it_is(
    client: httpx.AsyncClient, filled: Store, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert NOTICE.replace("&", "&amp;") in answer.text
    assert not re.search(r"<script|<b>|<i>|javascript:| on\w+=| style=", answer.text)
    assert all(source.startswith("/") for source in re.findall(r'src="([^"]+)"', answer.text))
    assert not set("\x1b\u202e") & set(answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


async def test_the_links_of_the_pages_lead_somewhere(client: httpx.AsyncClient, filled: Store) -> None:
    to_visit, seen = ["/"], set[str]()
    while to_visit:
        path = to_visit.pop()
        seen.add(path)
        answer = await client.get(path)
        assert answer.status_code == 200, path
        if "html" not in answer.headers["content-type"]:
            continue
        for found in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
            target = path.partition("?")[0] + found if found.startswith("?") else found
            target = target.replace("&amp;", "&")
            if not target.startswith("#") and target not in seen:
                to_visit.append(target)
    assert set(PAGES) - {PAGES[-1]} <= seen
    assert f"{PAGES[2]}/files/media%2Fpicture.png" in seen


async def test_a_run_shows_its_values_its_curves_its_media_and_its_lineage(
    client: httpx.AsyncClient, filled: Store
) -> None:
    page = (await client.get(PAGES[2])).text
    shown = (
        "0.123457",
        "<polyline",
        "m&lt;b&gt;:v0",
        'class="running"',
        "<td>1804</td>",
        "media%2Fpicture.png",
    )
    assert [part for part in shown if part not in page] == []
    assert "_step" not in page
    assert "run-table-noise" not in page


async def test_a_version_shows_its_lineage_both_ways(client: httpx.AsyncClient, filled: Store) -> None:
    page = (await client.get(PAGES[4])).text
    assert page.count('href="/acme/fraud/runs/r%3Ci%3E"') == 2
    assert page.count('href="/acme/fraud/artifacts/model/m%3Cb%3E/v0"') == 2
    assert "model.bin" in page


async def test_a_collection_shows_how_its_aliases_moved(client: httpx.AsyncClient, store: Store) -> None:
    model = sequence(store)
    for content in (b"1", b"2"):
        logged(store, model, content, "production")
    (newest, _) = store.collections.versions(model)
    store.aliases.remove(model, newest, "production")
    page = (await client.get(f"{BASE}/artifacts/model/model")).text
    moves = re.findall(r'<span class="tag">production</span></td><td>.*?>(v\d|nothing)', page)
    assert moves == ["nothing", "v1", "v0"]


async def test_runs_are_ordered_by_any_figure_and_compared(client: httpx.AsyncClient, store: Store) -> None:
    project = store.projects.ensure("acme", "fraud")
    for name, summary in {
        "a": {"auc": 0.9},
        "b": {"auc": 0.7},
        "c": {},
        "d": {"auc": 0.8, "deep": {"x": 1}},
    }.items():
        store.runs.update(store.runs.create(project, name), {"summary": json.dumps(summary)})

    async def order(query: str) -> str:
        return "".join(re.findall(r'name="run" value="(\w)"', (await client.get(f"{BASE}{query}")).text))

    assert (await order(""), await order("?sort=-figure.auc")) == ("dcba", "adbc")
    assert (await order("?sort=%2Bfigure.auc"), await order("?sort=%2Bname")) == ("bdac", "abcd")
    assert (await order("?sort=nonsense"), await order("?page=9&sort=-name")) == ("dcba", "")
    assert "deep.x" in (await client.get(f"{BASE}?column=deep.x")).text
    page = (await client.get(f"{BASE}/compare?run=a&run=d")).text
    assert re.search(r'class="differs"><th scope="row">auc</th>\s*<td>0.9</td>\s*<td>0.8</td>', page)


@pytest.mark.parametrize(
    "query", ["", "?run=a", "?run=a&run=a", "?" + "&".join(f"run={n}" for n in range(9))]
)
async def test_a_comparison_of_too_few_or_too_many_is_refused(
    client: httpx.AsyncClient, store: Store, query: str
) -> None:
    store.projects.ensure("acme", "fraud")
    answer = await client.get(f"{BASE}/compare{query}")
    assert (answer.status_code, "choose 2 to 8 runs to compare" in answer.text) == (400, True)


async def test_collections_that_the_sdk_makes_for_tables_are_folded(
    client: httpx.AsyncClient, filled: Store
) -> None:
    project = filled.projects.named("acme", "fraud")
    filled.collections.ensure(project, CollectionKind.SEQUENCE, "run-table-noise", "run_table")
    page = (await client.get(BASE)).text
    folded = page[page.index("<details>") : page.index("</details>")]
    assert (folded.count("run-table-noise"), page.count("run-table-noise")) == (2, 2)


def with_file(store: Store, model: Collection, name: str, content: bytes) -> Artifact:
    draft = Draft(digest=artifact_digest({name: md5(content)}))
    artifact = store.artifacts.create(model, None, draft)
    upload(store, store.artifact_files.announce(artifact, name, md5(content)).id, content)
    entry = {"digest": md5(content), "size": len(content)}
    manifest = json.dumps({"version": 1, "contents": {name: entry}}).encode()
    upload(store, store.artifact_files.announce_manifest(artifact, md5(manifest)).blob_id, manifest)
    return store.artifacts.commit(artifact)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("x.png", ("image/png", "inline")),
        ("x.svg", ("image/svg+xml", "inline")),
        ("notes/x.json", ("text/plain; charset=utf-8", "inline")),
        ("x.csv", ("text/plain; charset=utf-8", "inline")),
        ("x.html", ("application/octet-stream", "attachment")),
        ("x.pdf", ("application/octet-stream", "attachment")),
        ("x.xhtml", ("application/octet-stream", "attachment")),
        ("x.js", ("application/octet-stream", "attachment")),
        ("model.ubj", ("application/octet-stream", "attachment")),
        ('"; filename=evil.exe', ("application/octet-stream", "attachment")),
    ],
)
async def test_a_file_is_shown_only_where_nothing_in_it_acts(
    client: httpx.AsyncClient, anyone: httpx.AsyncClient, store: Store, name: str, sent: tuple[str, str]
) -> None:
    with_file(store, sequence(store), name, b"<script>alert(1)</script>")
    path = f"{BASE}/artifacts/model/model/v0/files/{quote(name)}"
    answer = await client.get(path)
    headers = answer.headers
    assert (answer.status_code, headers["content-type"], headers["content-disposition"]) == (
        200,
        *sent,
    )
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "sandbox" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["cross-origin-resource-policy"]) == (
        "nosniff",
        "same-origin",
    )
    assert (await anyone.get(path)).status_code == 401
    assert (await client.get(f"{path}x")).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not a table"),
        (b"[]", "not a table"),
        (b'{"columns": 1, "data": []}', "not a table"),
        (b'{"columns": ["a"], "data": [1]}', "not a table"),
        (b'{"columns": ["a"], "data": [[%b]]}' % DEEP.encode(), "not a table"),
        (b" " * (4 * 1024 * 1024 + 1), "too large to be shown here"),
        (b'{"columns": ["a"], "data": [[]%b]}' % (b",[]" * 130_000), "too large to be shown here"),
        (json.dumps({"columns": ["a"], "data": [[EVIL]] * 60}).encode(), "the first 50 of 60 rows"),
    ],
    ids=["cut off", "list", "number", "flat", "deep", "large", "many", "long"],
)
async def test_a_table_that_cannot_be_shown_says_why(
    client: httpx.AsyncClient, store: Store, content: bytes, said: str
) -> None:
    with_file(store, sequence(store), "x.table.json", content)
    answer = await client.get(f"{BASE}/artifacts/model/model/v0")
    assert (answer.status_code, said in answer.text, "<script" in answer.text) == (200, True, False)


async def test_a_browser_is_asked_for_the_key(anyone: httpx.AsyncClient, filled: Store) -> None:
    answer = await anyone.get("/acme/fraud")
    assert (answer.status_code, answer.headers["www-authenticate"].startswith("Basic realm=")) == (401, True)
    assert "m&lt;b&gt;" not in answer.text


@pytest.mark.parametrize(
    "path", ["/acme/none", "/acme/fraud/runs/none", f"{PAGES[3]}/v7", "/a/b/artifacts/t/c"]
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, filled: Store, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, "This cannot be shown" in answer.text) == (404, True)


def test_addresses_hold_any_name() -> None:
    assert url(("a/b", "c?d"), "é") == "/a%2Fb/c%3Fd/%C3%A9"


def test_a_chart_of_nothing_finite_is_none() -> None:
    assert chart("m", {}) is chart("m", {"r": [(0, math.nan), (math.inf, 1)]}) is None


def test_a_curve_with_limits_ends_at_twice_the_height_of_what_was_judged() -> None:
    course = [(0, 0.9), (1, 0.1), (2, 0.2)]
    judged = chart("m", {"r": course}, {"upper": [(1, 0.05), (2, 0.05)]})
    low = chart("m", {"r": course[1:]}, {"upper": [(1, 0.05), (2, 0.05)]})
    alone = chart("m", {"r": course})
    assert judged is not None
    assert low is not None
    assert alone is not None
    assert [("0.05", "0.35"), ("0.05", "0.2"), ("0.1", "0.9")] == [
        (each.low, each.high) for each in (judged, low, alone)
    ]
    heights = [point.split(",")[1] for point in judged.lines[0].points.split()]
    assert ["20.0", "135.0", "89.0"] == heights  # what lies above stands at the edge


def test_a_curve_rises_from_left_below_to_right_above() -> None:
    rising, dot = chart("m", {"r": [(0, 1.0), (1, 2.0)]}), chart("m", {"r": [(3, 5)]})
    assert rising is not None
    assert dot is not None
    assert (rising.lines[0].points, rising.low, rising.high) == ("8.0,158.0 352.0,20.0", "1", "2")
    assert dot.lines[0].points == "180.0,89.0 180.0,89.0"


def test_a_table_has_pages_of_a_hundred_rows() -> None:
    view = View.read("-name", ["a", "b", "a"], "1")
    assert (view.shown(range(150)), view.pages(100)) == (range(100, 150), [])
    first, second = "?sort=-name&column=a&column=b&page=0", None
    assert view.pages(150) == [first, second]
    assert [View.read("", [], page).page for page in ("", "x", "-1", "²", "9" * 9)] == [0] * 5


def test_flat_values_leave_out_what_the_sdk_keeps_and_keep_media_whole() -> None:
    image = {"_type": "image-file", "path": "x.png"}
    assert flat({"_a": 1, "b": {"c": {"d": 1}, "_e": 2}, "f": image, "g": {}}) == {
        "b.c.d": 1,
        "f": image,
        "g": {},
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234567, "0.123457"), ("x", "x"), ([1], "[1]"), (None, "null"), ("y" * 400, "y" * 300 + "…")],
)
def test_values_are_readable(value: object, text: str) -> None:
    assert readable(value) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1234, "1.23 kB"), (5 * 10**9, "5 GB")]
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert readable_size(size) == text
