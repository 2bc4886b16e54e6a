"""The transactions a run works with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd

from fraud_training.data.repository import Window, describe, load

_WINDOWS: Final = (Window.TRAIN, Window.VALIDATION, Window.EVALUATION)


@dataclass(frozen=True)
class Rows:
    """The windows of a run; traffic is none of them."""

    fit: pd.DataFrame
    validation: pd.DataFrame
    evaluation: pd.DataFrame
    described: dict[str, Any]
    """Each window's rows, frauds, first and last time and fingerprint, for the model's document."""

    @classmethod
    def read(cls, folder: Path, fitting_rows: int | Literal["all"], generator: np.random.Generator) -> Self:
        """All windows in `folder` in full, but for those to fit on where fewer are asked for."""
        fit, validation, evaluation = (load(window, folder) for window in _WINDOWS)
        if fitting_rows != "all" and fitting_rows < len(fit):
            fit = fit.iloc[np.sort(generator.choice(len(fit), fitting_rows, replace=False))]
        frames = zip(_WINDOWS, (fit, validation, evaluation), strict=True)
        described = {window.value: describe(window, frame, folder) for window, frame in frames}
        return cls(fit, validation, evaluation, described)

    @property
    def earlier_validation(self) -> pd.DataFrame:
        """The half of validation that early stopping looks at."""
        return self.validation.iloc[: len(self.validation) // 2]

    @property
    def later_validation(self) -> pd.DataFrame:
        """The half that is left to calibrate on."""
        return self.validation.iloc[len(self.validation) // 2 :]
