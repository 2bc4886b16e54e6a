"""Trees that take some value for missing, rewritten to follow the value itself.

A ColumnTransformer whose output is mostly zeros gives a sparse matrix, and XGBoost takes what that leaves
out for missing: a zero goes each split's default way, wherever its threshold lies. Served are all features,
zeros included. So every split that would send a zero another way than its default is turned: its threshold
moves, or its children change places, which is possible where the values of one side are neighbours.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

from fraud_contract.errors import NotCompilable

Values = npt.NDArray[np.float32]


def following_zeros(
    booster: xgboost.Booster, values: Mapping[int, Values], names: Sequence[str]
) -> xgboost.Booster:
    """The booster, for which a zero is a value, in place of one for which it is missing.

    Args:
        booster: trees for which zeros are missing.
        values: for each feature that may be zero, all values it can have, ascending.
        names: of all features.

    Raises:
        NotCompilable: a split parts zero from its neighbours on both sides; the message names the tree.
    """
    document = json.loads(booster.save_raw("json"))
    for number, tree in enumerate(document["learner"]["gradient_booster"]["model"]["trees"]):
        for node, child in enumerate(tree["left_children"]):
            feature = tree["split_indices"][node]
            if child >= 0 and feature in values and not _turned(tree, node, values[feature]):
                raise NotCompilable(
                    f"Tree {number} sends a zero of {names[feature]} another way than the values on both "
                    "sides of it: the preprocessor's output is a sparse matrix, whose zeros XGBoost took for "
                    "missing. Set sparse_threshold=0 on the ColumnTransformer, and fit both again."
                )
    rewritten = xgboost.Booster()
    rewritten.load_model(bytearray(json.dumps(document).encode()))
    return rewritten


def _turned(tree: dict[str, Any], node: int, values: Values) -> bool:
    """Whether the split now sends every value where it went before, zero having been missing."""
    threshold = np.float32(tree["split_conditions"][node])
    left = np.where(values == 0, bool(tree["default_left"][node]), values < threshold)
    if (left == (values < threshold)).all():
        return True
    turns = np.flatnonzero(np.diff(left.astype(np.int8)))
    if len(turns) > 1:
        return False
    # Neither end of the values is beyond float32.
    ends = (np.nextafter(values[-1], np.float32(np.inf)), values[0])
    cut = values[turns[0] + 1] if len(turns) else ends[0] if left[0] else ends[1]
    if len(turns) and not left[0]:
        children = tree["left_children"], tree["right_children"]
        children[0][node], children[1][node] = children[1][node], children[0][node]
    tree["split_conditions"][node] = float(cut)
    return True
