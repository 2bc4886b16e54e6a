"""Margins of trees by XGBoost's C API, without the Python around it.

For one row, `Booster.inplace_predict` spends two thirds of its time in Python: it imports, tells a dozen
kinds of tables apart, and makes a class for every answer, which only the cyclic garbage collector takes
away again. The function below it is public and documented (c_api.h: XGBoosterPredictFromDense).
"""

import ctypes
import json
import threading
import weakref
from typing import Final

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from xgboost.libpath import find_lib_path

FloatRows = npt.NDArray[np.float32]

_MARGIN: Final = 1
"""What to predict: the sum of the leaves, before the logistic function."""
_CONFIG: Final = json.dumps(
    {
        "type": _MARGIN,
        "training": False,
        "iteration_begin": 0,
        "iteration_end": 0,  # all trees
        "missing": float("nan"),
        "strict_shape": False,
        "cache_id": 0,
    }
).encode()
# Rows as NumPy's array interface, version 3: address, read only; shape; little-endian float32.
_INTERFACE: Final = b'{"data": [%d, true], "shape": [%d, %d], "typestr": "<f4", "version": 3}'
_FLOAT_SIZE: Final = 4

_Shape = ctypes.POINTER(ctypes.c_uint64)
_Values = ctypes.POINTER(ctypes.c_float)

# Opened once more (the system counts openings), so that declaring argument types changes nothing for XGBoost.
_library: Final = ctypes.CDLL(find_lib_path()[0])
_last_error: Final = _library.XGBGetLastError
_last_error.restype = ctypes.c_char_p
_predict: Final = _library.XGBoosterPredictFromDense
_predict.argtypes = (
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.POINTER(_Shape),
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(_Values),
)


def _require(status: int) -> None:
    if status:
        raise xgb.core.XGBoostError(_last_error().decode())


class _Proxy:
    """What a call's rows are hung on.

    XGBoost makes one for each call that brings none, and reads the control group's files for it: 10 µs, most
    of what it does around a single row.
    """

    def __init__(self) -> None:
        self.handle = ctypes.c_void_p()
        _require(_library.XGProxyDMatrixCreate(ctypes.byref(self.handle)))
        weakref.finalize(self, _library.XGDMatrixFree, self.handle)


class _ThreadsOwn(threading.local):
    """Each thread's own."""

    def __init__(self) -> None:
        self.proxy = _Proxy()


class Forest:
    """The trees of a booster, asked for margins; equal to `inplace_predict` to the last bit."""

    def __init__(self, booster: xgb.Booster) -> None:
        self._booster = booster  # keeps the handle alive
        self._handle = booster.handle
        self._thread = _ThreadsOwn()

    def margins(self, features: FloatRows) -> FloatRows:
        """Log-odds of fraud; shape (n,) for features of shape (n, width).

        Raises:
            xgboost.core.XGBoostError: the trees take rows of another width.
        """
        rows = np.ascontiguousarray(features, np.float32)
        count, width = rows.shape
        shape, dimensions, values = _Shape(), ctypes.c_uint64(), _Values()
        _require(
            _predict(
                self._handle,
                _INTERFACE % (rows.__array_interface__["data"][0], count, width),
                _CONFIG,
                self._thread.proxy.handle,
                ctypes.byref(shape),
                ctypes.byref(dimensions),
                ctypes.byref(values),
            )
        )
        # Copied, because the memory is this thread's and the next call's.
        return np.frombuffer(ctypes.string_at(values, count * _FLOAT_SIZE), np.float32)
