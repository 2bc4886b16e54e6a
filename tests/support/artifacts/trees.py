"""Small model files: those that XGBoost wrote, and those that it might have written."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import xgboost as xgb

from fraud_contract.trees.ubjson import Value
from support.artifacts.ubjson import dumps

_WIDTH: Final = 3


def grown(**parameters: object) -> bytes:
    """A model file that XGBoost wrote: three features, the first of them a category."""
    random = np.random.default_rng(5)
    rows = random.integers(0, 30, (500, _WIDTH)).astype(np.float32)
    labels = (rows[:, 0] % 3 == 0) ^ (rows[:, 1] > 20)
    matrix = xgb.DMatrix(rows, labels, feature_types=["c", "q", "q"], enable_categorical=True)
    settings = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, **parameters}
    return bytes(xgb.train(settings, matrix, 4).save_raw("ubj"))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Of a model that is made up."""

    trees: int = 20
    depth: int = 4
    """Splits in a row that the first tree has, and no other exceeds."""
    width: int = 5
    base_score: float = 0.5
    objective: str = "binary:logistic"


def made_up(random: np.random.Generator, shape: Shape) -> bytes:
    """A model file of uneven trees that XGBoost never grew."""
    return dumps(
        {
            "learner": {
                "attributes": {},
                "feature_names": [],
                "feature_types": [],
                "gradient_booster": {
                    "model": {
                        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(shape.trees)},
                        "tree_info": [0] * shape.trees,
                        "trees": [_tree(random, number, shape) for number in range(shape.trees)],
                    },
                    "name": "gbtree",
                },
                "learner_model_param": {
                    "base_score": str(np.float32(shape.base_score)),
                    "boost_from_average": "1",
                    "num_class": "0",
                    "num_feature": str(shape.width),
                    "num_target": "1",
                },
                "objective": {"name": shape.objective, "reg_loss_param": {"scale_pos_weight": "1"}},
            },
            "version": [3, 4, 1],
        }
    )


def _tree(random: np.random.Generator, number: int, shape: Shape) -> Value:
    """A tree with one path of as many splits as it may have; every other path ends as it comes."""
    depth = shape.depth if number == 0 else int(random.integers(shape.depth + 1))
    left, right, parents, depths = [-1], [-1], [2**31 - 1], [0]
    longest, node = 0, 0
    while node < len(left):
        if depths[node] < depth and (node == longest or random.random() < 0.6):
            children = len(left), len(left) + 1
            left[node], right[node] = children
            if node == longest:
                longest = int(random.choice(children))
            for side in (left, right):
                side += [-1, -1]
            parents += [node, node]
            depths += [depths[node] + 1] * 2
        node += 1
    count = len(left)
    leaves = np.array(left) == -1
    thresholds = random.choice([0.0, -0.0, 1.0, -2.5, 1e-42, 3e38], count) + random.choice([0, 0.1], count)
    whole, real = np.zeros(0, np.int32), np.zeros(count, np.float32)
    return {
        "base_weights": real,
        "categories": whole,
        "categories_nodes": whole,
        "categories_segments": whole.astype(np.int64),
        "categories_sizes": whole.astype(np.int64),
        "default_left": random.integers(0, 2, count, np.uint8),
        "id": number,
        "left_children": np.array(left, np.int32),
        "loss_changes": real,
        "parents": np.array(parents, np.int32),
        "right_children": np.array(right, np.int32),
        "split_conditions": np.where(leaves, random.normal(0, 0.3, count), thresholds).astype(np.float32),
        "split_indices": random.integers(0, shape.width, count, np.int32),
        "split_type": np.zeros(count, np.uint8),
        "sum_hessian": real + 1,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(shape.width),
            "num_nodes": str(count),
            "size_leaf_vector": "1",
        },
    }
