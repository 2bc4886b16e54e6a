"""From fitted scikit-learn steps to the same scalar operations on one column, in the same order.

Every step known here treats each column by itself, so it can be read for one column of several.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from fraud_contract.errors import NotCompilable
from fraud_contract.features import AmountStep, Operation

Steps = tuple[AmountStep, ...]

SUPPORTED: Final = (
    "passthrough, StandardScaler, MinMaxScaler, MaxAbsScaler and RobustScaler (without clip), "
    "FunctionTransformer(numpy.log1p), SimpleImputer and a Pipeline of these"
)


def amount_steps(transformer: BaseEstimator | None, column: int, branch: str) -> Steps:
    """The operations that the fitted `transformer` of `branch` applies to its input number `column`.

    Raises:
        NotCompilable: there is a step with no such form; the message names branch and step.
    """
    if transformer is None or transformer == "passthrough":
        return ()
    if isinstance(transformer, Pipeline):
        parts = [amount_steps(step, column, branch) for _, step in transformer.steps]
        return tuple(step for part in parts for step in part)
    # The exact type, because a subclass may compute anything.
    read = _READERS.get(type(transformer))
    steps = read(transformer, column) if read else None
    if steps is None:
        raise NotCompilable(
            f"Branch {branch!r}: the step {transformer!r} has no compiled form for the amount. "
            f"Supported are {SUPPORTED}."
        )
    return steps


def _step(operation: Operation, values: npt.NDArray[np.float64], column: int) -> AmountStep:
    return AmountStep(operation=operation, value=float(values[column]))


def _standard(scaler: StandardScaler, column: int) -> Steps:
    centre = (_step("subtract", scaler.mean_, column),) if scaler.with_mean else ()
    spread = (_step("divide", scaler.scale_, column),) if scaler.with_std else ()
    return centre + spread


def _min_max(scaler: MinMaxScaler, column: int) -> Steps | None:
    if scaler.clip:
        return None
    return _step("multiply", scaler.scale_, column), _step("add", scaler.min_, column)


def _max_abs(scaler: MaxAbsScaler, column: int) -> Steps | None:
    return None if scaler.clip else (_step("divide", scaler.scale_, column),)


def _robust(scaler: RobustScaler, column: int) -> Steps:
    centre = (_step("subtract", scaler.center_, column),) if scaler.with_centering else ()
    spread = (_step("divide", scaler.scale_, column),) if scaler.with_scaling else ()
    return centre + spread


def _function(transformer: FunctionTransformer, column: int) -> Steps | None:
    del column
    if transformer.func is None:
        return ()
    if transformer.func is np.log1p and not transformer.kw_args:
        return (AmountStep(operation="log1p"),)
    return None


def _imputer(imputer: SimpleImputer, column: int) -> Steps | None:
    """Nothing to do: a valid transaction misses no amount. Another marker than NaN could be an amount."""
    del column
    marker = imputer.missing_values
    marks_nan = isinstance(marker, float) and np.isnan(marker)
    return () if marks_nan and not imputer.add_indicator else None


_READERS: Final[dict[type, Callable[[Any, int], Steps | None]]] = {
    FunctionTransformer: _function,
    MaxAbsScaler: _max_abs,
    MinMaxScaler: _min_max,
    RobustScaler: _robust,
    SimpleImputer: _imputer,
    StandardScaler: _standard,
}
