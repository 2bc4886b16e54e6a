"""No model file reaches XGBoost that it could follow out of bounds, round in circles or without an end."""

import copy
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from fraud_contract.errors import ArtifactCorrupt
from fraud_contract.trees import model as limits
from fraud_contract.trees import tree as tree_limits
from fraud_contract.trees.model import read_trees, require_sound
from fraud_contract.trees.ubjson import InvalidUbjson, parse
from support.artifacts.trees import grown
from support.artifacts.ubjson import dumps

Document = dict[str, Any]


@pytest.fixture(scope="module")
def content() -> bytes:
    return grown()


@pytest.fixture
def document(content: bytes) -> Document:
    parsed: Any = parse(content)
    return copy.deepcopy(parsed)  # typed extends Any: changed freely below


def model_of(document: Document) -> Document:
    model: Document = document["learner"]["gradient_booster"]["model"]
    return model


def tree_of(document: Document) -> Document:
    tree: Document = model_of(document)["trees"][1]
    return tree


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"num_parallel_tree": 3},
        {"grow_policy": "lossguide", "max_depth": 0, "max_leaves": 200},
        {"tree_method": "approx"},
        {"gamma": 3.0},
        {"objective": "binary:logitraw", "base_score": 0.3},
        {"max_depth": 1, "eta": 0.0},
    ],
    ids=str,
)
def test_what_xgboost_wrote_is_sound(parameters: Mapping[str, object]) -> None:
    require_sound(grown(**parameters))


def test_what_is_parsed_is_written_back_the_same(content: bytes) -> None:
    assert dumps(parse(content)) == dumps(parse(dumps(parse(content))))
    booster = xgb.Booster(model_file=bytearray(dumps(parse(content))))
    assert content == bytes(booster.save_raw("ubj"))


@pytest.mark.parametrize("name", sorted([*tree_limits._NODE_ARRAYS, *tree_limits._CATEGORY_ARRAYS]))
@pytest.mark.parametrize("change", ["shorter", "longer", "empty", "another type", "a list", "absent"])
def test_arrays_of_other_lengths_or_types_are_refused(document: Document, name: str, change: str) -> None:
    tree = tree_of(document)
    array = tree[name]
    if change == "absent":
        del tree[name]
    else:
        tree[name] = {
            "shorter": array[:-1],
            "longer": np.append(array, array[-1:]),
            "empty": array[:0],
            "another type": array.astype(np.int16),
            "a list": array.tolist(),
        }[change]
    with pytest.raises(ValueError, match="tree 1: "):
        require_sound(dumps(document))


def _leaf(tree: Document) -> int:
    return int(np.flatnonzero(tree["left_children"] == -1)[0])


def _cycle(tree: Document) -> None:
    """Two splits, each the other's child, and the rest a tree: every node has one parent still."""
    left, right, parents = tree["left_children"], tree["right_children"], tree["parents"]
    lower = next(node for node in np.flatnonzero(left != -1) if node and parents[node])
    upper, below = int(parents[lower]), int(left[lower])
    above = int(parents[upper])
    (left if left[above] == upper else right)[above] = below
    parents[below] = above
    left[lower], parents[upper] = upper, lower


@pytest.mark.parametrize("value", [-2, 2**31 - 1, 10_000])
@pytest.mark.parametrize("name", ["left_children", "right_children", "parents", "split_indices"])
def test_indices_out_of_range_are_refused(document: Document, name: str, value: int) -> None:
    tree_of(document)[name][1] = value
    with pytest.raises(ValueError, match="tree 1: "):
        require_sound(dumps(document))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tree: tree["left_children"].__setitem__(0, 0), "children are out of range"),
        (lambda tree: tree["left_children"].__setitem__(0, tree["right_children"][0]), "two nodes' child"),
        (lambda tree: tree["right_children"].__setitem__(0, -1), "one child only"),
        (lambda tree: tree["right_children"].__setitem__(_leaf(tree), 1), "one child only"),
        (lambda tree: tree["parents"].__setitem__(0, 1), "parents contradict"),
        (_cycle, "cycle"),
        (lambda tree: tree["split_conditions"].__setitem__(_leaf(tree), np.nan), "not finite"),
        (lambda tree: tree["split_conditions"].__setitem__(_leaf(tree), np.inf), "not finite"),
        (lambda tree: tree["base_weights"].__setitem__(0, np.inf), "not finite"),
        (lambda tree: tree["sum_hessian"].__setitem__(0, 0), "zero at a split"),
        (lambda tree: tree["split_type"].__setitem__(1, 2), "neither 0 nor 1"),
        (lambda tree: tree["split_type"].__setitem__(_leaf(tree), 1), "splits by category"),
        (lambda tree: tree["default_left"].__setitem__(1, 7), "neither 0 nor 1"),
        (lambda tree: tree["categories"].__setitem__(0, -1), "a category is not from 0"),
        (lambda tree: tree["categories"].__setitem__(0, 2**30), "a category is not from 0"),
        (lambda tree: tree["categories_segments"].__setitem__(0, 1), "overlap"),
        (lambda tree: tree["categories_sizes"].__setitem__(0, 2**62), "do not add up"),
        (lambda tree: tree["categories_nodes"].__setitem__(0, _leaf(tree)), "splits by category"),
        (lambda tree: tree["tree_param"].__setitem__("num_nodes", "1"), "elements for 1 nodes"),
        (lambda tree: tree["tree_param"].__setitem__("num_nodes", "-1"), "num_nodes is no number"),
        (lambda tree: tree["tree_param"].__setitem__("num_feature", "9"), "num_feature is no number"),
        (lambda tree: tree["tree_param"].__setitem__("num_deleted", "1"), "num_deleted is no number"),
        (lambda tree: tree["tree_param"].__setitem__("size_leaf_vector", "2"), "size_leaf_vector"),
        (lambda tree: tree.__setitem__("id", 0), "its id is not its place"),
        (lambda tree: tree.__setitem__("leaf_weights", np.zeros(1, np.float32)), "unknown leaf_weights"),
    ],
)
def test_an_unsound_tree_is_refused(
    document: Document, change: Callable[[Document], None], told: str
) -> None:
    change(tree_of(document))
    with pytest.raises(ValueError, match=f"tree 1: .*{told}"):
        require_sound(dumps(document))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m["gbtree_model_param"].__setitem__("num_trees", "5"), "4 trees where num_trees says 5"),
        (lambda m: m["gbtree_model_param"].__setitem__("num_parallel_tree", "0"), "num_parallel_tree"),
        (lambda m: m["gbtree_model_param"].__setitem__("num_parallel_tree", "3"), "iteration_indptr"),
        (lambda m: m["tree_info"].__setitem__(0, 1), "tree_info"),
        (lambda m: m["tree_info"].pop(), "tree_info"),
        (lambda m: m["iteration_indptr"].__setitem__(-1, 400), "iteration_indptr"),
        (lambda m: m["iteration_indptr"].clear(), "iteration_indptr"),
        (lambda m: m["trees"].append(m["trees"][0]), "5 trees where num_trees says 4"),
        (lambda m: m["cats"]["enc"].append({}), "categories of a data frame"),
        (lambda m: m["cats"].__setitem__("sorted_idx", np.ones(3, np.int32)), "categories of a data frame"),
        (lambda m: m.__setitem__("weight_drop", [1.0]), "unknown weight_drop"),
    ],
)
def test_an_unsound_forest_is_refused(
    document: Document, change: Callable[[Document], None], told: str
) -> None:
    change(model_of(document))
    with pytest.raises(ValueError, match=told):
        require_sound(dumps(document))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda learner: learner["learner_model_param"].__setitem__("num_feature", "2"), "are not 2"),
        (lambda learner: learner["learner_model_param"].__setitem__("num_class", "3"), "num_class"),
        (lambda learner: learner["learner_model_param"].__setitem__("num_target", "2"), "num_target"),
        (lambda learner: learner["learner_model_param"].__setitem__("base_score", "[1,2]"), "base_score"),
        (lambda learner: learner["learner_model_param"].__setitem__("base_score", "nan"), "base_score"),
        (lambda learner: learner["learner_model_param"].__setitem__("base_score", "9e99"), "base_score"),
        (lambda learner: learner["learner_model_param"].__setitem__("base_score", "1e-60"), "base_score"),
        (lambda learner: learner["learner_model_param"].__setitem__("base_score", "[1E0]"), "base_score"),
        (lambda learner: learner["objective"].__setitem__("name", "multi:softmax"), "the objective is none"),
        (lambda learner: learner["objective"].__setitem__("name", np.zeros(2, np.int8)), "is no string"),
        (lambda learner: learner["objective"].__setitem__("quantile", "[1]"), "unknown quantile"),
        (lambda learner: learner["gradient_booster"].__setitem__("name", "dart"), "not gbtree"),
        (lambda learner: learner["feature_types"].pop(), "feature_types"),
        (lambda learner: learner.__setitem__("feature_names", ["a", "a", "b"]), "twice"),
        (lambda learner: learner.__setitem__("feature_names", ["a", "[", "b"]), "twice, or holds"),
        (lambda learner: learner["attributes"].__setitem__("best", 1), "best is no string"),
    ],
)
def test_another_model_than_one_of_log_odds_is_refused(
    document: Document, change: Callable[[Document], None], told: str
) -> None:
    change(document["learner"])
    with pytest.raises(ValueError, match=told):
        require_sound(dumps(document))


def test_a_version_of_no_numbers_is_refused(document: Document) -> None:
    document["version"] = []
    with pytest.raises(ValueError, match="version is not three numbers"):
        require_sound(dumps(document))


def test_a_tree_that_is_too_deep_is_refused(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_limits, "MAX_TREE_DEPTH", 2)
    with pytest.raises(ValueError, match="more than 2 deep"):
        require_sound(dumps(document))


@pytest.mark.parametrize(("limit", "value"), [("MAX_NODES", 20), ("MAX_MARGIN", 1e-3), ("MAX_BYTES", 1_000)])
def test_too_much_of_anything_is_refused(
    content: bytes, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(ValueError, match="more than"):
        require_sound(content)


_LENGTH = b"L" + struct.pack(">q", 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "ends in the middle"),
        (b"{", "no 64-bit integer"),
        (b"{" + _LENGTH + b"aZ", "no 64-bit integer"),
        (b"{" + _LENGTH + b"aZ" + _LENGTH + b"aZ}", "the name 'a' twice"),
        (b"ZZ", "more than one value"),
        (b"[$l#L" + struct.pack(">q", 2**60), "a length beyond the document"),
        (b"[#L" + struct.pack(">q", -1), "a length beyond the document"),
        (b"SL" + struct.pack(">q", 9) + b"1234", "ends in the middle|beyond the document"),
        (b"[$l#" + _LENGTH + b"\0", "ends in the middle of an array"),
        (b"[$H#" + _LENGTH + b"\0", "an unknown type"),
        (b"[Z]", "without its count"),
        (b"Q", "an unknown marker"),
        (b"S" + _LENGTH + b"\xff", "not UTF-8"),
        ((b"[#" + _LENGTH) * 10_000 + b"Z", "nested more than 16 deep"),
    ],
)
def test_bytes_that_are_no_ubjson_are_refused(content: bytes, told: str) -> None:
    with pytest.raises(InvalidUbjson, match=told):
        parse(content)


def test_the_error_names_the_file_and_what_to_do(tmp_path: Path, document: Document) -> None:
    tree_of(document)["left_children"][0] = 99
    path = tmp_path / "model.ubj"
    path.write_bytes(dumps(document))
    with pytest.raises(ArtifactCorrupt, match=r"model\.ubj is no model .*tree 1: .*Publish the model again"):
        read_trees(path)
    with pytest.raises(ArtifactCorrupt, match="cannot be read"):
        read_trees(tmp_path)
