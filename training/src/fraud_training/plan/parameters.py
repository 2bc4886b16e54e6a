"""XGBoost's parameters, as far as they are a choice."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Share = Annotated[float, Field(gt=0, le=1)]
_Weight = Annotated[float, Field(ge=0, le=1e9)]
_ALIASES = {"eta": "learning_rate", "lambda": "reg_lambda", "alpha": "reg_alpha", "min_split_loss": "gamma"}
"""XGBoost's other names."""
_FIXED = {
    "objective": "scores are log-odds of fraud, so it is binary:logistic",
    "booster": "only gbtree is served",
    "tree_method": "it is hist",
    "eval_metric": "early stopping looks at the log loss",
    "seed": "it stands in the plan, or is --seed",
    "nthread": "one thread fixes the order of sums",
    "scale_pos_weight": "with it scores are no probabilities",
    "n_estimators": "it is `rounds` of the plan",
    "early_stopping_rounds": "it is `patience` of the plan",
}
"""Parameters that people try, and why they are none here."""


class Parameters(BaseModel):
    """By XGBoost's own names, and with its defaults unless a plan says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    learning_rate: _Share = 0.3
    max_depth: Annotated[int, Field(ge=1, le=16)] = 6
    max_leaves: Annotated[int, Field(ge=0, le=65_536)] = 0
    """0: as many as the depth allows."""
    grow_policy: Literal["depthwise", "lossguide"] = "depthwise"
    min_child_weight: _Weight = 1.0
    max_delta_step: _Weight = 0.0
    max_bin: Annotated[int, Field(ge=2, le=65_535)] = 256
    reg_lambda: _Weight = 1.0
    reg_alpha: _Weight = 0.0
    gamma: _Weight = 0.0
    subsample: _Share = 1.0
    colsample_bytree: _Share = 1.0
    colsample_bylevel: _Share = 1.0
    colsample_bynode: _Share = 1.0
    num_parallel_tree: Annotated[int, Field(ge=1, le=16)] = 1
    """Trees that are averaged in one round; of use where rows or columns are sampled."""

    @model_validator(mode="before")
    @classmethod
    def _by_one_name(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was given
        if not isinstance(given, dict):
            return given
        for name in given.keys() & _FIXED.keys():
            raise ValueError(f"{name} cannot be set: {_FIXED[name]}")
        twice = [name for alias, name in _ALIASES.items() if {alias, name} <= given.keys()]
        if twice:
            raise ValueError(f"{twice[0]} is given by both of its names")
        return {_ALIASES.get(name, name): value for name, value in given.items()}
