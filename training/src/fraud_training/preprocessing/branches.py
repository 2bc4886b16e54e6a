"""The branches of a fitted ColumnTransformer: which inputs each reads, which columns it makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer

from fraud_contract.errors import NotCompilable
from fraud_training.preprocessing.preprocessor import INPUTS, dense

AMOUNT: Final = "amt"


@dataclass(frozen=True)
class Branch:
    """One fitted transformer of a ColumnTransformer."""

    name: str
    transformer: BaseEstimator
    inputs: tuple[str, ...]
    one_dimensional: bool
    """Given as `"category"`, not `["category"]`: the transformer is handed a Series."""
    width: int
    """Number of columns it makes."""

    @property
    def finite(self) -> bool:
        """Whether no input is the amount, so that every output can be listed."""
        return AMOUNT not in self.inputs

    def transform(self, frame: pd.DataFrame) -> npt.NDArray[np.float32]:
        """The branch's columns for the rows of `frame`.

        Raises:
            NotCompilable: the transformer refuses the rows, or answers with something else than numbers.
        """
        asked = frame[self.inputs[0] if self.one_dimensional else list(self.inputs)]
        try:
            output = dense(self.transformer.transform(asked)).astype(np.float32)
        except (TypeError, ValueError):
            raise NotCompilable(
                f"Branch {self.name!r} ({self.kind}) gives no numbers for some values of "
                f"{', '.join(self.inputs)}. Encode text, and let an encoder accept categories that it has "
                "not seen: OneHotEncoder(handle_unknown='ignore')."
            ) from None
        if not np.isfinite(output).all():
            raise NotCompilable(f"Branch {self.name!r} ({self.kind}) gives values that are not finite.")
        return output

    @property
    def kind(self) -> str:
        """Class name of the transformer."""
        return type(self.transformer).__name__


def branches_of(preprocessor: ColumnTransformer) -> Iterator[Branch]:
    """The branches that make columns, in the order of their columns.

    Raises:
        NotCompilable: the transformer reads other inputs than a transaction's, weighs its branches, or
            selects columns in a way that is not understood here.
    """
    names = tuple(getattr(preprocessor, "feature_names_in_", ()))
    if set(names) != set(INPUTS):
        raise NotCompilable(
            f"The ColumnTransformer was fitted on the columns {', '.join(names) or '(unnamed)'}; "
            f"fit it on a DataFrame with the columns {', '.join(INPUTS)}."
        )
    if preprocessor.transformer_weights:
        raise NotCompilable("The ColumnTransformer has transformer_weights. Fit it without them.")
    for name, transformer, columns in preprocessor.transformers_:
        output = preprocessor.output_indices_[name]
        width = output.stop - output.start
        if width:
            inputs = _inputs(name, columns, names)
            yield Branch(name, transformer, inputs, isinstance(columns, str), width)


def _inputs(branch: str, columns: object, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns selected by name, position or mask."""
    if isinstance(columns, slice):
        raise NotCompilable(f"Branch {branch!r} selects a slice of columns. List them by name.")
    selected = np.atleast_1d(np.asarray(columns))
    by_name = selected.dtype.kind in "UO"
    return tuple(map(str, selected if by_name else np.asarray(names)[selected]))
