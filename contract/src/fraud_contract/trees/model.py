"""The trees of a model, held against everything that XGBoost follows without looking.

XGBoost trusts the file: a child, a feature or a category out of range is read at that address, at loading or
later for the one payment that comes by, and a cycle is walked for ever. A manifest proves only that a file is
the one that was published. So nothing reaches XGBoost that this module did not find whole.

What XGBoost 3.4 reads of a file: src/learner.cc, src/gbm/gbtree_model.cc, src/tree/tree_model.cc.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fraud_contract.errors import ArtifactCorrupt
from fraud_contract.features import MAX_FEATURES
from fraud_contract.trees.fields import (
    Object,
    UnsoundTrees,
    finite_number,
    list_of,
    object_of,
    string_of,
    whole_number,
    whole_numbers,
)
from fraud_contract.trees.tree import MAX_NODES, Tree, sound_tree
from fraud_contract.trees.ubjson import InvalidUbjson, Value, parse

MAX_BYTES: Final = 64 << 20
"""Of a model file; 300 trees of depth 7 take 3 MiB."""
MAX_TREES: Final = 10_000
MAX_MARGIN: Final = 1e9
"""Of the largest leaves of all trees together, in log-odds: sums beyond lose what float32 can tell apart."""

OBJECTIVES: Final = frozenset({"binary:logistic", "binary:logitraw", "reg:logistic"})
"""Those whose margin is the log-odds that calibration expects."""
_OF_MARGINS: Final = "binary:logitraw"
"""Whose base_score is log-odds; that of the others is a probability."""

_VERSION_PARTS: Final = 3
_FEATURE_LISTS: Final = ("feature_names", "feature_types")
_NAME_FORBIDS: Final = frozenset("[]<,")
"""Characters that XGBoost takes in no name of a feature."""


@dataclass(frozen=True, slots=True)
class SoundTrees:
    """A model's trees that were found whole."""

    content: bytes
    """The file (UBJSON), safe to give to XGBoost."""
    width: int
    """Features of a row."""
    base_score: np.float32
    """What is added to the leaves: a probability, or log-odds where `base_is_margin`."""
    base_is_margin: bool
    trees: Sequence[Tree]


def read_trees(path: Path) -> SoundTrees:
    """The trees of the model file at `path`.

    Raises:
        ArtifactCorrupt: it is too large, no UBJSON, or no boosted trees for one log-odds; says which tree.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return require_sound(content)
    except OSError:
        raise ArtifactCorrupt(f"{path} cannot be read. Fetch the artifact again.") from None
    except (InvalidUbjson, UnsoundTrees) as error:
        raise ArtifactCorrupt(
            f"{path} is no model that XGBoost can be given: {error}. Publish the model again."
        ) from None


def require_sound(content: bytes) -> SoundTrees:
    """The trees of `content` (UBJSON), where XGBoost can load and walk it safely.

    Raises:
        ValueError: something in it is out of range; says what, and in which tree.
    """
    if len(content) > MAX_BYTES:
        raise UnsoundTrees(f"it has more than {MAX_BYTES} bytes")
    document = object_of(parse(content), "the document", ("learner", "version"))
    if len(whole_numbers(document["version"], "version")) != _VERSION_PARTS:
        raise UnsoundTrees("version is not three numbers")
    learner = object_of(
        document["learner"],
        "learner",
        ("attributes", *_FEATURE_LISTS, "gradient_booster", "learner_model_param", "objective"),
    )
    for name, each in object_of(learner["attributes"], "attributes").items():
        string_of(each, name)
    objective = _objective(learner["objective"])
    base_is_margin = objective == _OF_MARGINS
    width, base_score = _parameters(learner["learner_model_param"], base_is_margin)
    _features(learner, width)
    booster = object_of(learner["gradient_booster"], "gradient_booster", ("model", "name"))
    if string_of(booster["name"], "the booster") != "gbtree":
        raise UnsoundTrees("the booster is not gbtree")
    return SoundTrees(content, width, base_score, base_is_margin, _model(booster["model"], width))


def _objective(value: Value) -> str:
    """The objective's name."""
    objective = object_of(value, "objective", ("name",), ("reg_loss_param",))
    name = string_of(objective["name"], "the objective")
    if name not in OBJECTIVES:
        raise UnsoundTrees(f"the objective is none of {', '.join(sorted(OBJECTIVES))}")
    parameters = object_of(objective.get("reg_loss_param", {}), "reg_loss_param", (), ("scale_pos_weight",))
    finite_number(parameters.get("scale_pos_weight", "1"), "scale_pos_weight")
    return name


def _parameters(value: Value, base_is_margin: bool) -> tuple[int, np.float32]:
    """The number of features, and base_score, once the parameters are those of one output."""
    parameters = object_of(
        value,
        "learner_model_param",
        ("base_score", "num_class", "num_feature"),
        ("boost_from_average", "num_target"),
    )
    base_score = np.float32(finite_number(parameters["base_score"], "base_score"))
    if not base_is_margin and not 0 < base_score < 1:
        raise UnsoundTrees("base_score is no probability between 0 and 1")
    whole_number(parameters["num_class"], "num_class", 0, 0)
    whole_number(parameters.get("num_target", "1"), "num_target", 1, 1)
    whole_number(parameters.get("boost_from_average", "1"), "boost_from_average", 0, 1)
    return whole_number(parameters["num_feature"], "num_feature", 1, MAX_FEATURES), base_score


def _features(learner: Object, width: int) -> None:
    names, types = (
        [string_of(each, name) for each in list_of(learner[name], name)] for name in _FEATURE_LISTS
    )
    if not {len(names), len(types)} <= {0, width}:
        raise UnsoundTrees(f"feature_names or feature_types are not {width}")
    if len(set(names)) != len(names) or any(_NAME_FORBIDS & set(each) for each in names):
        raise UnsoundTrees("a name of a feature stands there twice, or holds one of []<,")


def _model(value: Value, width: int) -> Sequence[Tree]:
    model = object_of(
        value, "model", ("gbtree_model_param", "tree_info", "trees"), ("cats", "iteration_indptr")
    )
    parameters = object_of(
        model["gbtree_model_param"], "gbtree_model_param", ("num_parallel_tree", "num_trees")
    )
    count = whole_number(parameters["num_trees"], "num_trees", 1, MAX_TREES)
    parallel = whole_number(parameters["num_parallel_tree"], "num_parallel_tree", 1, count)
    trees = list_of(model["trees"], "trees")
    if len(trees) != count:
        raise UnsoundTrees(f"{len(trees)} trees where num_trees says {count}")
    if whole_numbers(model["tree_info"], "tree_info") != [0] * count:
        raise UnsoundTrees("tree_info does not give every tree to the one output")
    starts = list(range(0, count + 1, parallel))
    if "iteration_indptr" in model and whole_numbers(model["iteration_indptr"], "iteration_indptr") != starts:
        raise UnsoundTrees("iteration_indptr does not part the trees into iterations")
    if "cats" in model:
        _no_categories(model["cats"])
    return _forest(trees, width)


def _forest(values: Sequence[Value], width: int) -> Sequence[Tree]:
    trees: list[Tree] = []
    nodes, margin = 0, 0.0
    for number, each in enumerate(values):
        try:
            tree = sound_tree(each, number, width)
        except UnsoundTrees as error:
            raise UnsoundTrees(f"tree {number}: {error}") from None
        trees.append(tree)
        nodes, margin = nodes + len(tree.left), margin + tree.largest_leaf
        if nodes > MAX_NODES:
            raise UnsoundTrees(f"more than {MAX_NODES} nodes")
    if margin > MAX_MARGIN:
        raise UnsoundTrees(f"leaves add up to more than {MAX_MARGIN:g}")
    return trees


def _no_categories(value: Value) -> None:
    for name, each in object_of(value, "cats", (), ("enc", "feature_segments", "sorted_idx")).items():
        if not isinstance(each, list | np.ndarray) or len(each):
            raise UnsoundTrees(f"{name} holds categories of a data frame; features here are numbers")
