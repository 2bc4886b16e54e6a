"""What people are shown before one release replaces another."""

from typing import Any

import pytest

from fraud_registry.publishing.comparison import compare, shortcomings
from fraud_registry.references import Pin

FIGURES = {"average_precision": 0.85, "roc_auc": 0.99, "brier_skill": 0.7}
POLICY = {"kind": "cost", "limit": 5.0}
METADATA = {
    "manifest_digest": "a" * 64,
    "feature_spec_hash": "b" * 64,
    "quick": False,
    "metrics": FIGURES,
    "policy": POLICY,
}


def model(version: str, **metadata: object) -> Pin:
    return Pin(
        entity="local",
        project="fraud",
        name="production_model",
        version=version,
        registry_digest="0" * 32,
        metadata=METADATA | metadata,
    )


@pytest.mark.parametrize(
    ("newcomer", "warnings"),
    [
        ({}, []),
        ({"metrics": FIGURES | {"roc_auc": 0.995}}, []),
        (
            {"metrics": FIGURES | {"average_precision": 0.8, "roc_auc": 0.995}},
            ["average_precision is lower: 0.8000, was 0.8500"],
        ),
        (
            {"metrics": {"average_precision": 0.85, "roc_auc": 0.99}},
            ["brier_skill cannot be compared: one of both does not have it"],
        ),
        ({"quick": True}, ["it was trained quickly, for a demo"]),
        ({"trained": "elsewhere", "not_known": "figures"}, ["not known: figures"]),
        ({"failed_gates": []}, []),
        (
            {"failed_gates": ["ROC AUC 0.9, 0.99 is needed", "Brier skill 0.1"]},
            ["it was accepted below its quality gates: ROC AUC 0.9, 0.99 is needed; Brier skill 0.1"],
        ),
        ({"policy": {**POLICY, "limit": 6.0}}, ["another policy decides: limit changed"]),
        ({"policy": None}, ["the policies cannot be compared: one of both was published without it"]),
    ],
)
def test_a_newcomer_is_warned_of_for_what_it_is_worse_in(
    newcomer: dict[str, Any], warnings: list[str]
) -> None:
    found = compare(model("v0"), model("v1", **newcomer))
    assert warnings == [each.warning for each in found if each.warning]
    assert ("version", "v0", "v1") == (found[0].what, found[0].first, found[0].second)


def test_a_version_without_any_figures_is_compared_with_what_there_is() -> None:
    bare = model("v0", metrics=None, policy=None, quick=None)
    assert [] == [each.warning for each in compare(bare, bare) if each.warning]


@pytest.mark.parametrize(
    "hostile",
    [
        {"metrics": "none", "policy": ["approve"], "manifest_digest": {}, "feature_spec_hash": []},
        {"metrics": FIGURES | {"average_precision": float("nan")}, "policy": 1},
        {"metrics": FIGURES | {"average_precision": "0.9"}, "policy": {}},
        {"metrics": FIGURES | {"average_precision": {}}, "policy": "\x1b[2J"},
        {"metrics": FIGURES | {"average_precision": 10**400}, "policy": {}},
    ],
)
def test_metadata_that_are_none_of_ours_are_compared_and_warned_of(hostile: dict[str, Any]) -> None:
    for found in (compare(model("v0"), model("v1", **hostile)), compare(model("v0", **hostile), model("v1"))):
        warnings = [each.warning for each in found if each.warning]
        assert "average_precision cannot be compared: one of both does not have it" in warnings
        assert "the policies cannot be compared: one of both was published without it" in warnings


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"metrics": {}}, ()),
        ({"trained": "quickly"}, ("it was trained quickly, for a demo",)),
        (
            {"trained": "quickly", "failed_gates": ["ROC AUC 0.9, 0.99 is needed"]},
            (
                "it was trained quickly, for a demo",
                "it was accepted below its quality gates: ROC AUC 0.9, 0.99 is needed",
            ),
        ),
    ],
)
def test_a_release_that_replaces_none_is_warned_of_for_how_it_was_made(
    release: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert expected == shortcomings(model("v0", **release))
