"""One tree, held against everything that XGBoost follows in it without looking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fraud_contract.trees.fields import UnsoundTrees, array_of, object_of, whole_number
from fraud_contract.trees.ubjson import Array, Value

MAX_NODES: Final = 2_000_000
"""Of all trees together; XGBoost holds some 40 bytes for each."""
MAX_TREE_DEPTH: Final = 128
"""Splits from the root to a leaf: explaining a row calls itself as deep."""
MAX_CATEGORY: Final = 16_383
"""Largest number of a category in a split; XGBoost keeps a bit for each up to it."""
LEAF: Final = -1
"""In place of a child."""

_NO_PARENT: Final = frozenset({-1, 2**31 - 1})
"""Of a root, as newer and older releases write it."""
_NUMERICAL: Final = 0
_CATEGORICAL: Final = 1

_INT32: Final = np.dtype(">i4")
_INT64: Final = np.dtype(">i8")
_UINT8: Final = np.dtype("u1")
_FLOAT32: Final = np.dtype(">f4")
_NODE_ARRAYS: Final[Mapping[str, Sequence[np.dtype[Any]]]] = {
    "left_children": (_INT32,),
    "right_children": (_INT32,),
    "parents": (_INT32,),
    "split_indices": (_INT32, _INT64),
    "split_conditions": (_FLOAT32,),
    "base_weights": (_FLOAT32,),
    "loss_changes": (_FLOAT32,),
    "sum_hessian": (_FLOAT32,),
    "default_left": (_UINT8,),
    "split_type": (_UINT8,),
}
"""One element a node, and the types that XGBoost asks for."""
_CATEGORY_ARRAYS: Final[Mapping[str, Sequence[np.dtype[Any]]]] = {
    "categories": (_INT32,),
    "categories_nodes": (_INT32,),
    "categories_segments": (_INT64,),
    "categories_sizes": (_INT64,),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes of a tree that was found whole, the root first; arrays of one element a node."""

    left: Array
    """The child of rows below the threshold; -1 at a leaf."""
    right: Array
    features: Array
    """Of splits, each from 0 to below the width; of leaves as well, and without a meaning."""
    values: Array
    """float32: a split's threshold, a leaf's log-odds."""
    by_category: bool
    """Some split asks for a set of categories, and has no threshold."""

    @property
    def largest_leaf(self) -> float:
        """The largest absolute value of its leaves."""
        return float(np.abs(self.values[self.left == LEAF]).max())


def sound_tree(value: Value, number: int, width: int) -> Tree:
    """Tree `number` of a model.

    Raises:
        UnsoundTrees: XGBoost cannot walk it safely with `width` features.
    """
    tree = object_of(value, "it", (*_NODE_ARRAYS, *_CATEGORY_ARRAYS, "id", "tree_param"))
    parameters = object_of(
        tree["tree_param"], "tree_param", ("num_deleted", "num_feature", "num_nodes", "size_leaf_vector")
    )
    count = whole_number(parameters["num_nodes"], "num_nodes", 1, MAX_NODES)
    whole_number(parameters["num_deleted"], "num_deleted", 0, 0)
    whole_number(parameters["num_feature"], "num_feature", width, width)
    whole_number(parameters["size_leaf_vector"], "size_leaf_vector", 0, 1)
    if type(tree["id"]) is not int or tree["id"] != number:
        raise UnsoundTrees("its id is not its place")
    arrays = {
        name: array_of(tree[name], name, types)
        for name, types in (*_NODE_ARRAYS.items(), *_CATEGORY_ARRAYS.items())
    }
    for name in _NODE_ARRAYS:
        if len(arrays[name]) != count:
            raise UnsoundTrees(f"{name} has {len(arrays[name])} elements for {count} nodes")
    leaves = arrays["left_children"] == LEAF
    _shape(arrays, leaves)
    _splits(arrays, leaves, width)
    _categories(arrays, leaves)
    return Tree(
        left=arrays["left_children"],
        right=arrays["right_children"],
        features=arrays["split_indices"],
        values=arrays["split_conditions"],
        by_category=len(arrays["categories_nodes"]) > 0,
    )


def _shape(arrays: Mapping[str, Array], leaves: Array) -> None:
    """Every node but the root is the child of one other, and the root reaches all of them."""
    left, right, parents = arrays["left_children"], arrays["right_children"], arrays["parents"]
    if not np.array_equal(leaves, right == LEAF):
        raise UnsoundTrees("a node has one child only")
    splits = np.flatnonzero(~leaves)
    children = np.concatenate((left[splits], right[splits]))
    if not np.array_equal(np.sort(children), np.arange(1, len(left))):
        raise UnsoundTrees("children are out of range, or a node is none's or two nodes' child")
    if int(parents[0]) not in _NO_PARENT or not np.array_equal(
        parents[children], np.concatenate((splits, splits))
    ):
        raise UnsoundTrees("parents contradict children")
    # Every node has one parent, so that the root's part is a tree; what lies in a cycle is not in it.
    level, reached = np.zeros(1, np.int64), 0
    for _ in range(MAX_TREE_DEPTH + 1):
        reached += len(level)
        inner = level[~leaves[level]]
        level = np.concatenate((left[inner], right[inner]))
        if not len(level):
            break
    else:
        raise UnsoundTrees(f"it is more than {MAX_TREE_DEPTH} deep")
    if reached != len(left):
        raise UnsoundTrees("some of its nodes form a cycle")


def _splits(arrays: Mapping[str, Array], leaves: Array, width: int) -> None:
    indices, kinds = arrays["split_indices"], arrays["split_type"]
    if len(indices) and not (indices.min() >= 0 and indices.max() < width):
        raise UnsoundTrees(f"a split asks for a feature beyond the {width} there are")
    if kinds.max() > _CATEGORICAL or arrays["default_left"].max() > 1:
        raise UnsoundTrees("split_type or default_left holds what is neither 0 nor 1")
    thresholds = arrays["split_conditions"][kinds == _NUMERICAL]  # of a set of categories there is none
    for each in (thresholds, *(arrays[name] for name in ("base_weights", "loss_changes", "sum_hessian"))):
        if not np.isfinite(each).all():
            raise UnsoundTrees("a threshold, leaf or statistic is not finite")
    weights = arrays["sum_hessian"]
    if (weights < 0).any() or (weights[~leaves] == 0).any():  # explaining divides by those of splits
        raise UnsoundTrees("sum_hessian is negative, or zero at a split")


def _categories(arrays: Mapping[str, Array], leaves: Array) -> None:
    """Splits by category are those that are listed, and each has its own part of the categories."""
    categories, nodes = arrays["categories"], arrays["categories_nodes"]
    starts, sizes = arrays["categories_segments"], arrays["categories_sizes"]
    by_category = np.flatnonzero(arrays["split_type"] == _CATEGORICAL)
    if not np.array_equal(nodes, by_category) or leaves[by_category].any():
        raise UnsoundTrees("categories_nodes are not the splits by category")
    if len(starts) != len(nodes) or len(sizes) != len(nodes):
        raise UnsoundTrees("categories_segments or categories_sizes are not one a split by category")
    if (sizes < 1).any() or (sizes > len(categories)).any() or int(sizes.sum()) != len(categories):
        raise UnsoundTrees("categories_sizes do not add up to the categories")
    if not np.array_equal(starts, np.cumsum(sizes) - sizes):
        raise UnsoundTrees("categories_segments overlap, or leave some out")
    if len(categories) and not (categories.min() >= 0 and categories.max() <= MAX_CATEGORY):
        raise UnsoundTrees(f"a category is not from 0 to {MAX_CATEGORY}")
