"""A forest laid out for C, which walks it for single rows and chooses between leaves for many.

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
"""Splits from root to leaf."""

_NODE: Final = np.dtype(
    [("value", np.float32), ("feature", np.uint16), ("kind", np.uint16), ("child", np.uint32, 2)]
)
_MATRIX: Final = 2


class UnsuitableTrees(ValueError):
    """Why these trees cannot be walked here."""


class _Forest(ctypes.Structure):
    _fields_ = (
        ("nodes", ctypes.c_void_p),
        ("roots", ctypes.c_void_p),
        ("splits", ctypes.c_uint32),
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
    """Trees that were found whole, laid out so that no branch depends on a row.

    C goes where these arrays lead it and looks at nothing. It stays within them, because `SoundTrees` are
    those whose children lie in their tree and whose features lie in a row, because none is deeper than C is
    told or its stack is high, and because rows of another width are refused.
    """

    def __init__(self, model: SoundTrees) -> None:
        """Lay out `model`.

        Raises:
            UnsuitableTrees: they are deeper than `MAX_DEPTH`, or split by category.
        """
        if any(tree.by_category for tree in model.trees):
            raise UnsuitableTrees("a tree splits by category")
        self.width = model.width
        self._nodes, self._roots, self.depth = _laid_out(model)  # kept: C has their addresses
        self._forest = _Forest(
            nodes=_address(self._nodes),
            roots=_address(self._roots),
            splits=int(self._roots[-1]) + 1,
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


def _laid_out(model: SoundTrees) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint32], int]:
    """The nodes as C has them, the places of the roots, and the depth of the deepest tree."""
    roots = np.cumsum([0, *(len(tree.left) for tree in model.trees)])[:-1]
    trees = list(zip(model.trees, roots, strict=True))
    inner = np.concatenate([tree.left != LEAF for tree, _ in trees])
    own = np.arange(len(inner))
    left = np.where(inner, np.concatenate([tree.left + root for tree, root in trees]), own)
    right = np.where(inner, np.concatenate([tree.right + root for tree, root in trees]), own)
    levels = [roots[inner[roots]]]  # splits that lie equally deep
    while len(levels[-1]):
        children = np.concatenate((left[levels[-1]], right[levels[-1]]))
        levels.append(children[inner[children]])
        if len(levels) > MAX_DEPTH + 1:
            raise UnsuitableTrees(f"a tree is more than {MAX_DEPTH} splits deep")
    kinds = inner[left] + 2 * inner[right] + 4 * np.isin(own, roots)
    inner[roots] = True  # a tree that is a leaf counts as a split, between itself and itself
    sizes = inner.astype(np.intp)  # splits from a node on down
    for level in reversed(levels):
        sizes[level] += sizes[left[level]] + sizes[right[level]]
    places = np.empty_like(own)
    places[roots] = np.cumsum(sizes[roots]) - 1
    for level in levels:
        places[right[level]] = places[level] - 1
        places[left[level]] = places[level] - 1 - sizes[right[level]]
    places[~inner] = np.arange(sizes[roots].sum(), len(own))
    nodes = np.empty(len(own), _NODE)
    nodes["value"][places] = np.concatenate([tree.values for tree, _ in trees])
    nodes["feature"][places] = np.where(inner, np.concatenate([tree.features for tree, _ in trees]), 0)
    nodes["child"][places] = places[np.stack((left, right), axis=1)]
    nodes["kind"][places] = kinds
    return nodes, places[roots].astype(np.uint32), len(levels) - 1
