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

_AT: Final = ctypes.c_void_p
_NODE: Final = np.dtype([("value", "f4"), ("feature", "u2"), ("splits", "u2"), ("child", "u4", 2)])
_LANES: Final = 8
"""Rows that a processor chooses for at once."""
_ALONE: Final = 6
"""Rows up to which walks take no longer."""


class UnsuitableTrees(ValueError):
    """Why these trees cannot be walked here."""


class _Forest(ctypes.Structure):
    _fields_ = (
        ("nodes", _AT),
        ("roots", _AT),
        ("trees", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("width", ctypes.c_uint32),
        ("base", ctypes.c_float),
    )


try:
    _library: Final = ctypes.CDLL(str(Path(__file__).with_name("forest.so")))
except OSError:
    raise ImportError("fraud_forest was installed without a C compiler") from None
# A batch lets other threads in (CFUNCTYPE); for the microseconds of one row that costs more than it gives.
_log_odds: Final = ctypes.PYFUNCTYPE(ctypes.c_float, ctypes.c_float)(("forest_log_odds", _library))
_margin: Final = ctypes.PYFUNCTYPE(ctypes.c_float, _AT, ctypes.c_char_p)(("forest_margin", _library))
_add: Final = ctypes.CFUNCTYPE(ctypes.c_int, _AT, _AT, ctypes.c_int64, _AT)(("forest_add", _library))


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
            nodes=self._nodes.ctypes.data,
            roots=self._roots.ctypes.data,
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
        rows = np.asarray(features, np.float32)
        if rows.shape[1:] != (self.width,):
            raise ValueError(f"Rows of shape {rows.shape}; {self.width} features are asked for.")
        if len(rows) <= _ALONE:
            size, values = rows.itemsize * self.width, rows.tobytes()
            alone = [_margin(self._at, values[at : at + size]) for at in range(0, len(values), size)]
            return None if math.isnan(sum(alone)) else np.array(alone, np.float32)
        even = len(rows) + -len(rows) % _LANES
        columns = np.zeros((self.width, even), np.float32)
        columns[:, : len(rows)] = rows.T
        margins = np.full(even, self._forest.base, np.float32)
        return (
            margins[: len(rows)] if _add(self._at, columns.ctypes.data, even, margins.ctypes.data) else None
        )


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
    nodes["splits"][places] = (places[left] < places) + 2 * (places[right] < places)
    nodes["child"][places] = places[np.stack((left, right), axis=1)]
    return nodes, places[roots].astype(np.uint32), len(levels) - 1
