"""What to train: the full model, or a quick one for a demo and for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from fraud_contract.policy import Costs
from fraud_training.data.repository import FOLDER
from fraud_training.effort import Effort

_COMMON: Final = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "max_depth": 6,
}


@dataclass(frozen=True)
class Plan:
    """One training run. Equal plans on equal data give equal artifacts on the same machine."""

    is_quick: bool
    parameters: Mapping[str, Any]
    """XGBoost's, without seed and threads."""
    rounds: int
    """At most; fewer when the validation loss stops falling."""
    patience: int
    """Rounds without a better validation loss before training stops."""
    fitting_rows: int | None
    """Rows drawn from the training window; None for all."""
    seed: int = 0
    costs: Costs = field(default_factory=Costs)
    data: Path = FOLDER
    accepts_below_bars: bool = False
    """Whether a model is written that fails a quality gate; its card and document then name which."""

    @property
    def on_own_data(self) -> bool:
        """Whether the data are others than the repository's."""
        return self.data != FOLDER

    @classmethod
    def of(cls, effort: Effort) -> Self:
        """The plan for the repository's data at that effort."""
        return cls.quick() if effort is Effort.QUICK else cls.full()

    @classmethod
    def full(cls, seed: int = 0, data: Path = FOLDER) -> Self:
        """All rows, as many trees as validation supports; some 40 seconds.

        1,024 bins instead of 256: frauds lie in the thin upper tail of amounts, and finer bins there raised
        average precision on validation from .86 to .89.
        """
        return cls(
            is_quick=False,
            parameters=_COMMON | {"learning_rate": 0.1, "min_child_weight": 10.0, "max_bin": 1024},
            rounds=600,
            patience=30,
            fitting_rows=None,
            seed=seed,
            data=data,
        )

    @classmethod
    def quick(cls, seed: int = 0, data: Path = FOLDER) -> Self:
        """A third of the rows, at most 80 trees: a few seconds, figures a little below the full model's."""
        return cls(
            is_quick=True,
            parameters=_COMMON
            | {"learning_rate": 0.2, "min_child_weight": 5.0, "reg_lambda": 10.0, "max_bin": 512},
            rounds=80,
            patience=30,
            fitting_rows=400_000,
            seed=seed,
            data=data,
        )
