"""What to train: the full model, or a quick one for a demo and for tests."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fraud_contract.policy import Costs
from fraud_training.plan.effort import Effort
from fraud_training.plan.parameters import Parameters
from fraud_training.plan.quality_gates import QUICK_GATES, QualityGates
from fraud_training.plan.source import Source

_MAX_TREES: Final = 10_000
"""Of a model that can be served."""


class Plan(BaseModel):
    """One training run. Equal plans on equal data give equal artifacts on the same machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effort: Effort
    """A model that was trained quickly says so everywhere."""
    seed: Annotated[int, Field(ge=0, lt=1 << 31)] = 0
    rounds: Annotated[int, Field(ge=1, le=_MAX_TREES)]
    """At most; fewer when the validation loss stops falling."""
    patience: Annotated[int, Field(ge=1)] = 30
    """Rounds without a better validation loss before training stops."""
    fitting_rows: Annotated[int, Field(ge=100)] | Literal["all"] = "all"
    """Rows drawn from the training window."""
    parameters: Parameters
    costs: Costs = Costs()
    quality_gates: QualityGates = QualityGates()
    data: Source | None = None
    """None for the repository's data."""

    @model_validator(mode="after")
    def _served(self) -> Self:
        if self.rounds * self.parameters.num_parallel_tree > _MAX_TREES:
            raise ValueError(f"rounds times num_parallel_tree are more than {_MAX_TREES} trees")
        return self

    @property
    def is_quick(self) -> bool:
        """Whether the effort is a quick one."""
        return self.effort is Effort.QUICK

    @classmethod
    def of(cls, effort: Effort) -> Self:
        """The plan for the repository's data at that effort."""
        return cls.quick() if effort is Effort.QUICK else cls.full()

    @classmethod
    def full(cls, seed: int = 0) -> Self:
        """All rows, as many trees as validation supports; some 40 seconds.

        4,096 bins: frauds lie in the thin upper tail of amounts, and finer bins there raise average precision
        (`benchmarks/training/choice.py`).
        """
        return cls(
            effort=Effort.FULL,
            seed=seed,
            rounds=600,
            parameters=Parameters(learning_rate=0.1, min_child_weight=10.0, max_bin=4096),
        )

    @classmethod
    def quick(cls, seed: int = 0) -> Self:
        """A third of the rows, at most 80 trees: a few seconds, figures a little below the full model's."""
        return cls(
            effort=Effort.QUICK,
            seed=seed,
            rounds=80,
            fitting_rows=400_000,
            parameters=Parameters(learning_rate=0.2, min_child_weight=5.0, reg_lambda=10.0, max_bin=512),
            quality_gates=QUICK_GATES,
        )
