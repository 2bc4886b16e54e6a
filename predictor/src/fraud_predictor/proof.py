"""A flat forest in XGBoost's place, where it proves here and now that it is equal to the last bit.

XGBoost stays the measure: it is loaded in any case, walks what the flat forest does not know, and explains.
"""

import logging
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from fraud_contract.trees.model import SoundTrees
from fraud_contract.trees.tree import LEAF
from fraud_predictor.forest import FloatRows
from fraud_predictor.metrics import ENGINE

if TYPE_CHECKING:
    from fraud_forest.flat import FlatForest

_log = logging.getLogger(__name__)

_ROWS: Final = 100_000
"""Made up for a proof, beside the golden ones."""
_PART: Final = 10_000
"""Rows that are compared at once."""
_SINGLES: Final = 1_000
"""Of either kind of rows, those that are also compared one by one: C has a way of its own for one."""
MAX_STEPS: Final = 5_000
"""Trees times depth: with more, the proof would take seconds of every start."""
_EDGES: Final = np.array((0.0, -0.0, 1e-45, -1e-45, 3.4e38, -3.4e38), np.float32)
"""What comparisons may get wrong, if anything: both zeros, the smallest and the largest numbers."""


class Margins(Protocol):
    """What walks the trees."""

    def margins(self, features: FloatRows) -> FloatRows:
        """Log-odds of fraud before calibration; shape (n,) for features of shape (n, width)."""


class ProvenForest:
    """A flat forest for rows of finite numbers; XGBoost for all others."""

    def __init__(self, flat: "FlatForest", xgboost: Margins) -> None:
        self._flat = flat
        self._xgboost = xgboost

    def margins(self, features: FloatRows) -> FloatRows:
        """Log-odds of fraud before calibration; shape (n,) for features of shape (n, width)."""
        margins = self._flat.margins(features) if features.shape[1] == self._flat.width else None
        return self._xgboost.margins(features) if margins is None else margins


def fastest(model: SoundTrees, xgboost: Margins, golden: FloatRows) -> Margins:
    """The flat forest of `model` where it proves itself against `xgboost`, else that; logs which."""
    try:
        from fraud_forest.flat import FlatForest, UnsuitableTrees  # noqa: PLC0415 - not everywhere
    except ImportError as error:
        return _stays(xgboost, str(error))
    try:
        flat = FlatForest(model)
    except UnsuitableTrees as error:
        return _stays(xgboost, str(error))
    if len(model.trees) * flat.depth > MAX_STEPS:
        return _stays(xgboost, f"{len(model.trees)} trees of depth {flat.depth} would take too long to prove")
    singles = np.concatenate((golden[:_SINGLES], *made_up(model, _SINGLES)))
    for rows in chain((golden,), made_up(model, _ROWS), singles[:, np.newaxis]):
        margins = flat.margins(rows)
        if margins is not None and not _equal(margins, xgboost.margins(rows)):
            return _stays(xgboost, "fraud_forest is not equal to it on this machine", logging.WARNING)
    _log.info("fraud_forest walks the trees: equal to XGBoost on %d rows", len(golden) + _ROWS)
    ENGINE.labels("fraud_forest").set(1)
    return ProvenForest(flat, xgboost)


def _stays(xgboost: Margins, reason: str, level: int = logging.INFO) -> Margins:
    _log.log(level, "XGBoost walks the trees: %s", reason)
    ENGINE.labels("xgboost").set(1)
    return xgboost


def _equal(one: FloatRows, other: FloatRows) -> bool:
    return one.tobytes() == other.tobytes()


def made_up(model: SoundTrees, count: int) -> Iterator[FloatRows]:
    """`count` rows in parts; each value is a threshold of a split of `model`, or next to one."""
    random = np.random.default_rng(0)
    choices = _choices(model)
    for start in range(0, count, _PART):
        rows = np.empty((min(_PART, count - start), model.width), np.float32)
        for feature, values in enumerate(choices):
            rows[:, feature] = random.choice(values, len(rows))
        yield rows


def _choices(model: SoundTrees) -> list[npt.NDArray[np.float32]]:
    """Of each feature its thresholds, the numbers next to them, and the edges."""
    inner = [tree.left != LEAF for tree in model.trees]
    features = np.concatenate([tree.features[each] for tree, each in zip(model.trees, inner, strict=True)])
    thresholds = np.concatenate([tree.values[each] for tree, each in zip(model.trees, inner, strict=True)])
    found = []
    for feature in range(model.width):
        own = np.unique(thresholds[features == feature])
        above, below = (np.nextafter(own, np.float32(side)) for side in (np.inf, -np.inf))
        values = np.concatenate((own, above, below, _EDGES))
        found.append(values[np.isfinite(values)])
    return found
