"""Filters and orders of lists."""

import pytest

from wandb_local.budget import unlimited
from wandb_local.errors import InvalidRequestError
from wandb_local.store.filters import matches, ordered, parsed
from wandb_local.store.records import Run
from wandb_local.store.run_fields import RunFields

RUN = Run(
    id=1,
    project_id=1,
    name="r1",
    display_name="Shown",
    description=None,
    notes=None,
    commit_hash=None,
    host=None,
    program=None,
    group_name="g",
    job_type="train",
    tags='["a", "b"]',
    config='{"lr": {"value": 0.1}, "nested": {"value": {"deep": 2}}, "dotted.key": {"value": 3}}',
    summary='{"auc": 0.9, "eval/x.y": 1}',
    state="finished",
    stop_requested=0,
    created_at="2026-01-01T00:00:00.000000Z",
    heartbeat_at="2026-01-01T00:00:00.000000Z",
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "r1"),
        ("display_name", "Shown"),
        ("displayName", "Shown"),
        ("jobType", "train"),
        ("tags", ["a", "b"]),
        ("config.lr", 0.1),
        ("config.lr.value", 0.1),
        ("config.nested.deep", 2),
        ("config.nested.value.deep", 2),
        ("config.dotted.key", 3),
        ("config.missing.deeper", None),
        ("summary_metrics.auc", 0.9),
        ("summaryMetrics.eval/x.y", 1),
    ],
)
def test_a_run_has_a_value_under(key: str, value: object) -> None:
    assert RunFields(RUN).value(key) == value


def test_a_key_that_runs_never_have_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="runs cannot be filtered or ordered by 'colour'"):
        RunFields(RUN).value("colour")


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({}, True),
        ({"state": "finished"}, True),
        ({"state": "finished", "group": "h"}, False),
        ({"state": {"$ne": "finished"}}, False),
        ({"tags": "a"}, True),
        ({"tags": {"$in": ["c", "b"]}}, True),
        ({"tags": {"$nin": ["c", "b"]}}, False),
        ({"config.lr": {"$gt": 0.05, "$lte": 0.1}}, True),
        ({"config.lr": {"$lt": "text"}}, False),
        ({"config.lr": {"$exists": True}, "config.no": {"$exists": False}}, True),
        ({"display_name": {"$regex": "^Sh.*n$"}}, True),
        ({"display_name": {"$not": {"$regex": "^Sh"}}}, False),
        ({"$and": [{"group": "g"}, {"jobType": "train"}]}, True),
        ({"$or": [{"group": "h"}, {"jobType": "train"}]}, True),
        ({"$nor": [{"group": "h"}, {"jobType": "train"}]}, False),
        ({"$not": {"group": "h"}}, True),
    ],
)
def test_a_run_passes_a_filter(condition: dict[str, object], passes: bool) -> None:
    assert matches(condition, RunFields(RUN).value, unlimited()) is passes


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"state": {"$near": 1}}, "filter operator '$near' is not known"),
        ({"$where": [{}]}, "filter operator '$where' is not known"),
        ({"$or": {"state": "x"}}, "filter '$or' must have a list of filters"),
        ({"state": {"$in": "finished"}}, "need a list"),
        ({"name": {"$regex": "("}}, "is not a regular expression"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(condition: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        matches(condition, RunFields(RUN).value, unlimited())
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["{", "[]", "1"])
def test_filters_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parsed(text)


def test_records_are_ordered_by_several_keys_and_those_without_a_value_come_last() -> None:
    records: list[dict[str, object]] = [
        {"a": 1, "b": "x"},
        {"a": 2, "b": "y"},
        {"a": 1, "b": "y"},
        {"b": "z"},
    ]
    assert ordered(records, "-a,+b", dict.get, unlimited()) == [
        {"a": 2, "b": "y"},
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"b": "z"},
    ]
    assert ordered(records, None, dict.get, unlimited()) == records
