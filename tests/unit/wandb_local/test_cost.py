"""What a query may cost, known from its text or counted while it is answered."""

import json
import math
import time
from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from wandb_local.budget import Budget, unlimited
from wandb_local.errors import RequestError, TooCostlyError
from wandb_local.graph.execution import Request
from wandb_local.graph.objects.base import Object
from wandb_local.limits import SEARCHED_CHARACTERS, Limits
from wandb_local.store import Store
from wandb_local.store.filters import matches, ordered, parsed
from wandb_local.store.runs.streams import Stream

ROOT: Object = Object("Root", {"rows": lambda: [0] * 1000, "text": "x" * 1000, "self": lambda: ROOT})
NOTHING = dict[str, object]()
LONG = {"a": "x" * (SEARCHED_CHARACTERS + 1)}
MANY: dict[str, object] = {"a": list(range(1000))}
TWICE = {"$and": [{"a": "y"}, {"a": {"$not": {"$ne": "y"}}}]}
"""A filter that looks twice at the value, and lets nothing pass."""


def doubling(levels: int) -> str:
    fragments = [f"fragment F{i} on Root {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels)]
    return "{ ...F0 } " + " ".join(fragments) + f" fragment F{levels} on Root {{ text }}"


def refusal(query: str, limits: Limits | None = None) -> str:
    limits = limits or Limits()
    begun = time.process_time()
    with pytest.raises(RequestError) as error:
        Request.parse(query, {}, None, limits).answer(ROOT, Budget(limits))
    assert time.process_time() - begun < 2
    assert error.value.status in {400, 422}
    return str(error.value)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (doubling(60), "the query selects 1000000000 fields: the limit is 2000"),
        (doubling(12), "the query selects 4096 fields: the limit is 2000"),
        ("{" + " ".join(f"a{i}: text" for i in range(700)) + "}", "more than 2000 tokens"),
        ("{ self" * 25 + "{ text }" + "}" * 25, "nested more than 24 levels deep"),
        (
            "{ ...A } "
            + " ".join(f"fragment {a} on Root {{ self {{ ...{b} }} }}" for a, b in pairwise("ABCDEFGHIJKLMN"))
            + " fragment N on Root { "
            + "self { " * 12
            + "text"
            + " }" * 13,
            "nested more than 24 levels deep",
        ),
        ("{ self" * 900 + "{ text }" + "}" * 900, "nested too deeply"),
        ("{ echo(a: " + "[" * 900 + "]" * 900 + ") }", "nested too deeply"),
        ("{" + " " * 70_000 + "text }", "the query has 70007 characters: the limit is 65536"),
        ("{ ...A } fragment A on Root { ...B } fragment B on Root { ...A }", 'fragment "A" within itself'),
    ],
    ids=[
        "doubled",
        "doubled a little",
        "aliases",
        "depth",
        "depth by fragments",
        "braces",
        "lists",
        "text",
        "cycle",
    ],
)
def test_a_query_is_refused_for_its_text_before_it_is_executed(query: str, said: str) -> None:
    assert said in refusal(query)


@pytest.mark.parametrize(
    ("query", "limits", "said"),
    [
        ("{ a: rows b: rows c: rows }", Limits(work_rows=2500), "costs more than 2500 rows and values"),
        ("{ a: text b: text c: text }", Limits(work_text=2500), "more than 2500 characters"),
        ("{ text }", Limits(work_seconds=-1), "takes more than -1 seconds"),
    ],
)
def test_an_answer_stops_where_its_budget_ends(query: str, limits: Limits, said: str) -> None:
    assert said in refusal(query, limits)


async def test_rows_of_the_store_are_counted_however_they_are_asked_for(
    client: httpx.AsyncClient, store: Store
) -> None:
    run = store.runs.create(store.projects.ensure("acme", "fraud"), "r")
    line = json.dumps({"_step": 0, "x": "y" * 3000})
    store.streams.append(run, Stream.HISTORY, "", 0, [line] * 5000)
    aliases = " ".join(f"a{i}: history(samples: 1)" for i in range(20))
    query = f'{{ project(name: "fraud", entityName: "acme") {{ run(name: "r") {{ {aliases} }} }} }}'
    answer = await client.post("/graphql", json={"query": query})
    assert (answer.status_code, "the limit for one: ask for less at once" in answer.text) == (422, True)
    once = query.replace(aliases, "history(samples: 1)")
    assert (await client.post("/graphql", json={"query": once})).status_code == 200


def test_a_statement_of_the_database_ends_with_the_time(store: Store) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with (
        pytest.raises(TooCostlyError, match="takes too long"),
        store.database.transaction(Budget(Limits(work_seconds=0.2))),
    ):
        store.database.value(endless)
    assert store.projects.everything() == []


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(.*)*x", "([a-z]+)*=", "^(a?){30}a{30}$"])
def test_no_regular_expression_takes_long(pattern: str) -> None:
    text, begun = "a" * (SEARCHED_CHARACTERS - 1) + "!", time.process_time()
    assert not matches({"name": {"$regex": pattern}}, {"name": text}.get, unlimited())
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: parsed(json.dumps({"$or": [{"a": 1}] * 300})), "more than 200 conditions"),
        (lambda: parsed(json.dumps({"a": {"$in": list(range(300))}})), "more than 200 conditions"),
        (lambda: parsed('{"$not": ' * 50 + "{}" + "}" * 50), "nested more than 10 levels"),
        (lambda: parsed('{"a":' * 50_000), "filters are not JSON"),
        (
            lambda: matches({"a": {"$regex": "a" * 2000}}, NOTHING.get, unlimited()),
            "2000 characters: the limit is 1024",
        ),
        (lambda: matches({"a": {"$regex": 1}}, NOTHING.get, unlimited()), "needs a text"),
        (
            lambda: matches({"a": {"$regex": "((a{100}){100}){100}"}}, NOTHING.get, unlimited()),
            "is not a regular expression",
        ),
        (
            lambda: matches({"a": {"$regex": "x"}}, LONG.get, unlimited()),
            "searches texts of at most 65536 characters, not 65537",
        ),
        (lambda: matches(TWICE, LONG.get, Budget(Limits(work_text=100_000))), "more than 100000 characters"),
        (lambda: matches(TWICE, MANY.get, Budget(Limits(work_rows=1_500))), "more than 1500 rows"),
        (lambda: ordered([{}] * 9, "a", dict.get, Budget(Limits(work_rows=8))), "more than 8 rows"),
        (
            lambda: ordered([], ",".join("abcdefghi"), dict.get, unlimited()),
            "the order has 9 keys: the limit is 8",
        ),
    ],
    ids=[
        "or",
        "in",
        "not",
        "open",
        "long regex",
        "no regex",
        "large regex",
        "long text",
        "text",
        "items",
        "ordered",
        "order",
    ],
)
def test_a_filter_that_costs_too_much_is_refused(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(RequestError) as error:
        ask()
    assert said in str(error.value)


def test_a_filter_of_null_passes_everything() -> None:
    assert parsed("null") == {}


def test_work_of_the_server_itself_has_no_limit() -> None:
    assert not Budget(Limits(work_seconds=math.inf)).expired()
