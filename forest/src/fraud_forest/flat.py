"""A forest whose trees all have one depth, walked in C.

Importing it raises `ImportError` where the package was built without a compiler.
"""

import ctypes
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fraud_contract.trees.model import SoundTrees
from fraud_contract.trees.tree import LEAF

FloatRows = npt.NDArray[np.float32]

MAX_DEPTH: Final = 8
"""Splits from root to leaf: a tree takes 12 bytes times two to this."""

_SPLIT: Final = np.dtype([("threshold", np.float32), ("feature", np.uint32)])
_MATRIX: Final = 2


class UnsuitableTrees(ValueError):
    """Why these trees cannot be walked here."""


class _Forest(ctypes.Structure):
    _fields_ = (
        ("splits", ctypes.c_void_p),
        ("leaves", ctypes.c_void_p),
        ("trees", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("width", ctypes.c_uint32),
        ("base", ctypes.c_float),
    )


_path: Final = Path(__file__).with_name("forest.so")
try:
    # A batch lets other threads in; for the microseconds of one row that would cost more than it gives.
    _freeing, _holding = ctypes.CDLL(str(_path)), ctypes.PyDLL(str(_path))
except OSError:
    raise ImportError("fraud_forest was installed without a C compiler") from None
_log_odds: Final = _holding.forest_log_odds
_log_odds.argtypes, _log_odds.restype = (ctypes.c_float,), ctypes.c_float
_margin: Final = _holding.forest_margin
_margin.argtypes, _margin.restype = (ctypes.c_void_p, ctypes.c_char_p), ctypes.c_float
_margins: Final = _freeing.forest_margins
_margins.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)


class FlatForest:
    """Trees that were found whole, laid out for walks without branches.

    C goes where these arrays lead it and looks at nothing. It stays within them, because `SoundTrees` are
    those whose children lie in their tree and whose features lie in a row, because every tree is filled up
    to the depth that C is told, and because rows of another width are refused.
    """

    def __init__(self, model: SoundTrees) -> None:
        """Lay out `model`.

        Raises:
            UnsuitableTrees: they are deeper than `MAX_DEPTH`, or split by category.
        """
        if any(tree.by_category for tree in model.trees):
            raise UnsuitableTrees("a tree splits by category")
        self.width = model.width
        self._splits, self._leaves = _filled(model)  # kept: C has their addresses
        self.depth = self._leaves.shape[1].bit_length() - 1
        self._forest = _Forest(
            splits=_address(self._splits),
            leaves=_address(self._leaves),
            trees=len(model.trees),
            depth=self.depth,
            width=self.width,
            base=model.base_score if model.base_is_margin else _log_odds(model.base_score),
        )
        self._at = ctypes.addressof(self._forest)

    def margins(self, features: FloatRows) -> FloatRows | None:
        """Log-odds of fraud; shape (n,) for features of shape (n, width). None where a value is not finite.

        Raises:
            ValueError: rows of another width.
        """
        rows = np.ascontiguousarray(features, np.float32)
        if rows.ndim != _MATRIX or rows.shape[1] != self.width:
            raise ValueError(f"Rows of shape {rows.shape}; {self.width} features are asked for.")
        if len(rows) == 1:
            margin = _margin(self._at, rows.tobytes())
            return None if math.isnan(margin) else np.array((margin,), np.float32)
        margins = np.empty(len(rows), np.float32)
        return margins if _margins(self._at, _address(rows), len(rows), _address(margins)) else None


def _address(array: npt.NDArray[Any]) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _filled(model: SoundTrees) -> tuple[npt.NDArray[Any], FloatRows]:
    """Splits of shape (trees, 2^depth - 1) and leaves of shape (trees, 2^depth), from the roots down.

    Where a leaf comes early, it stands below itself: splits that send every number to the left lead there.
    """
    starts = np.cumsum([0, *(len(tree.left) for tree in model.trees)])[:-1]
    left = np.concatenate([tree.left + start for tree, start in zip(model.trees, starts, strict=True)])
    right = np.concatenate([tree.right + start for tree, start in zip(model.trees, starts, strict=True)])
    inner = np.concatenate([tree.left != LEAF for tree in model.trees])
    own = np.arange(len(inner))
    left, right = np.where(inner, left, own), np.where(inner, right, own)
    nodes = np.empty(len(inner), _SPLIT)
    nodes["feature"] = np.where(inner, np.concatenate([tree.features for tree in model.trees]), 0)
    values = np.concatenate([tree.values for tree in model.trees])
    nodes["threshold"] = np.where(inner, values, np.inf)
    splits: list[npt.NDArray[Any]] = []
    level = starts[:, np.newaxis]
    while not splits or inner[level].any():
        if len(splits) == MAX_DEPTH:
            raise UnsuitableTrees(f"a tree is more than {MAX_DEPTH} splits deep")
        splits.append(nodes[level])
        level = np.stack((left[level], right[level]), axis=2).reshape(len(starts), -1)
    return np.concatenate(splits, axis=1), values[level]
