"""The web page."""

import json
import math
import re

import httpx
import pytest

from support.local_registry import logged, sequence, upload
from wandb_local.pages.layout import NOTICE
from wandb_local.pages.markup import Markup, link, table, tag
from wandb_local.pages.sparkline import sparkline
from wandb_local.pages.values import readable, readable_size
from wandb_local.store import Store
from wandb_local.store.streams import Stream

EVIL = '<script>alert("1")</script>\'&'


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
            "notes": EVIL,
            "job_type": EVIL,
            "group_name": EVIL,
            "tags": json.dumps([EVIL]),
            "config": json.dumps({EVIL: {"value": EVIL}, "_wandb": {"value": {}}}),
            "summary": json.dumps({EVIL: EVIL, "auc": 0.123456789, "_step": 3}),
        },
    )
    rows = [
        json.dumps({"_step": step, EVIL: step, "loss": 1 / (step + 1), "flag": True}) for step in range(3)
    ]
    store.streams.append(run, Stream.HISTORY, "", 0, rows)
    store.streams.append(run, Stream.CONSOLE, "", 0, [EVIL])
    upload(store, store.run_files.announce(run, EVIL).blob_id or "", b"x")
    artifact = logged(store, model, b"1", EVIL.replace("/", ""), run=run)
    store.artifacts.update(artifact, description=EVIL, metadata=json.dumps({EVIL: EVIL}), ttl=None)
    store.artifacts.tag(artifact.id, [EVIL.replace("/", "")])
    store.lineage.used(run, artifact)
    return store


PAGES = [
    "/",
    "/acme/fraud",
    "/acme/fraud/runs/r%3Ci%3E",
    "/acme/fraud/artifacts/model/m%3Cb%3E",
    "/acme/fraud/artifacts/model/m%3Cb%3E/v0",
    "/acme/fraud/artifacts/model/m%3Cb%3E/latest",
]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_escapes_what_clients_wrote_and_says_what_it_is(
    client: httpx.AsyncClient, filled: Store, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert NOTICE.replace("&", "&amp;") in answer.text
    assert not re.search(r"<script|<b>|<i>", answer.text)
    assert "src=" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_links_of_the_pages_lead_somewhere(client: httpx.AsyncClient, filled: Store) -> None:
    to_visit, seen = ["/"], set[str]()
    while to_visit:
        path = to_visit.pop()
        seen.add(path)
        answer = await client.get(path)
        assert answer.status_code == 200, path
        to_visit += [found for found in re.findall(r'href="([^"]+)"', answer.text) if found not in seen]
    assert seen == set(PAGES) - {PAGES[-1]}


async def test_a_run_shows_its_values_its_course_and_its_lineage(
    client: httpx.AsyncClient, filled: Store
) -> None:
    page = (await client.get(PAGES[2])).text
    assert all(part in page for part in ("0.123457", "<polyline", "m&lt;b&gt;:v0", 'class="running"'))
    assert "_step" not in page


async def test_a_version_shows_who_made_and_who_used_it(client: httpx.AsyncClient, filled: Store) -> None:
    page = (await client.get(PAGES[4])).text
    assert page.count('href="/acme/fraud/runs/r%3Ci%3E"') == 2
    assert "model.bin" in page


async def test_a_browser_is_asked_for_the_key(anyone: httpx.AsyncClient, filled: Store) -> None:
    answer = await anyone.get("/acme/fraud")
    assert (answer.status_code, answer.headers["www-authenticate"].startswith("Basic realm=")) == (401, True)
    assert "m&lt;b&gt;" not in answer.text


@pytest.mark.parametrize(
    "path", ["/acme/none", "/acme/fraud/runs/none", f"{PAGES[3]}/v7", "/a/b/artifacts/t/c"]
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, filled: Store, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_only_tags_make_markup() -> None:
    assert tag("p", EVIL, None, 1, tag("b", "x"), class_='"') == (
        '<p class="&quot;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#x27;&amp;1<b>x</b></p>'
    )
    assert link("a/b", "a/b", "c?d") == '<a href="/a%2Fb/c%3Fd">a/b</a>'
    assert "None yet." in table(("head",), [])


def test_a_sparkline_of_nothing_finite_is_empty() -> None:
    assert sparkline([]) == sparkline([math.nan, math.inf]) == Markup()


def test_a_sparkline_rises_from_left_below_to_right_above() -> None:
    assert 'points="2.0,34.0 218.0,2.0"' in sparkline([1.0, 2.0])
    assert 'points="2.0,34.0"' in sparkline([5])


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
