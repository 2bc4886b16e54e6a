"""The walk of a GraphQL document over objects."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from wandb_local.budget import Budget
from wandb_local.errors import RequestError
from wandb_local.graph.execution import Request
from wandb_local.graph.objects.base import Object, method
from wandb_local.limits import Limits

LIMITS = Limits(query_tokens=200, query_depth=5, query_fields=20, work_rows=100, work_text=1000)


def leaf() -> Object:
    return Object("Leaf", {"name": "leaf", "tree": lambda: ROOT})


ROOT: Object = Object(
    "Root",
    {
        "leaf": leaf,
        "leaves": lambda: [leaf(), leaf()],
        "none": None,
        "data": {"a": 1},
        "numbers": [1, 2],
        "echo": method(lambda found: found.optional_text("text"), "text"),
        "shape": Object("ArtifactSequence", {"name": "s"}),
    },
)


def ask(
    query: str, variables: Mapping[str, object] = MappingProxyType({}), name: str | None = None
) -> dict[str, object]:
    return Request.parse(query, variables, name, LIMITS).answer(ROOT, Budget(LIMITS))


def refused(query: str) -> str:
    with pytest.raises(RequestError) as error:
        ask(query)
    return str(error.value)


def test_fields_are_selected_under_their_aliases() -> None:
    query = "{ one: leaf { name __typename } leaves { name } none { x } data numbers }"
    assert ask(query) == {
        "one": {"name": "leaf", "__typename": "Leaf"},
        "leaves": [{"name": "leaf"}, {"name": "leaf"}],
        "none": None,
        "data": {"a": 1},
        "numbers": [1, 2],
    }


def test_selections_of_one_key_are_merged() -> None:
    assert ask("{ leaf { name } leaf { kind: __typename } }") == {"leaf": {"name": "leaf", "kind": "Leaf"}}


def test_fragments_apply_to_their_type_and_its_interface() -> None:
    query = """{ shape { ...A ...B ... on ArtifactSequence { second: name } ... { third: name } } }
    fragment A on ArtifactCollection { first: name } fragment B on ArtifactPortfolio { missing }"""
    assert ask(query) == {"shape": {"first": "s", "second": "s", "third": "s"}}


@pytest.mark.parametrize(
    ("include", "skip", "expected"), [(True, False, {"none": None}), (True, True, {}), (False, False, {})]
)
def test_include_and_skip_decide_whether_a_field_is_answered(
    include: bool, skip: bool, expected: dict[str, object]
) -> None:
    query = "query ($i: Boolean, $s: Boolean) { none @include(if: $i) @skip(if: $s) }"
    assert ask(query, {"i": include, "s": skip}) == expected


def test_variables_have_defaults_and_are_replaced_by_what_is_given() -> None:
    query = 'query ($text: String = "default") { echo(text: $text) }'
    assert (ask(query), ask(query, {"text": "given"})) == ({"echo": "default"}, {"echo": "given"})


def test_the_named_operation_is_answered_and_the_empty_name_means_the_only_one() -> None:
    two = "query A { none } query B { data }"
    assert (ask(two, name="B"), ask("query A { none }", name="")) == ({"data": {"a": 1}}, {"none": None})
    assert "must name one operation" in refused(two)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ leaf { colour } }", 'Cannot query field "colour" on type "Leaf".'),
        ('{ echo(txt: "x") }', 'Unknown argument "txt" on field "Root.echo".'),
        ("{ none(first: 1) }", 'Unknown argument "first" on field "Root.none".'),
        ("{ leaf }", 'Field "Root.leaf" of type "Leaf" must have a selection of subfields.'),
        ("{ data { a } }", 'Field "Root.data" must not have a selection, it has no subfields.'),
        ("{ leaf { ...Gone } }", 'Unknown fragment "Gone".'),
        ("{ leaf { ...A } } fragment A on Leaf { ...A }", 'Cannot spread fragment "A" within itself.'),
        (
            "{ leaf { ... on Moon { name } } }",
            'A fragment on "Moon" cannot be spread on an object of type "Leaf".',
        ),
        ("{ none @live }", 'Unknown directive "@live".'),
        (
            "{ leaf { tree { leaf { tree { leaf { name } } } } } }",
            "the query is nested more than 5 levels deep",
        ),
        ("{ echo(text: 1) }", "argument 'text' must be a string, got 1"),
        ("{ leaf", "the query cannot be parsed: Syntax Error: Expected Name, found <EOF>."),
    ],
)
def test_what_is_not_known_is_refused_by_name(query: str, said: str) -> None:
    assert refused(query) == said


def test_a_query_of_too_many_tokens_is_refused_before_it_is_walked() -> None:
    assert "Document contains more than 200 tokens" in refused("{" + " none" * 300 + "}")
