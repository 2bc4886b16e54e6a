"""Gradient-boosted trees: fitted, stopped early, cut to the best round; and their margins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import xgboost

from fraud_contract.trees.model import read_trees
from fraud_training.data.examples import Examples
from fraud_training.plan.plan import Plan

_FIXED: Final = {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"}
"""What is no choice: scores are log-odds of a probability."""
_NAMES_FORBID: Final = frozenset("[]<,")
"""Characters that XGBoost takes in no name of a feature; a category may well have them."""
_FIT: Final = "train"
_STOP: Final = "validation"
_THREADS: Final = 1
"""Two are faster on two idle cores (17 s), but wait for each other at every step where anything else runs:
under load, full trees took 26 to 29 s with one and up to 145 s with two. One also fixes the order of sums."""


@dataclass(frozen=True)
class Forest:
    """The trees up to the best round, and the log loss of every round that was tried."""

    booster: xgboost.Booster
    names: tuple[str, ...]
    """Of the features."""
    curves: Mapping[str, tuple[float, ...]]

    @classmethod
    def load(cls, path: Path, names: tuple[str, ...]) -> Self:
        """The trees in a model's file, without curves. Raises `ArtifactError` if it holds no sound trees."""
        booster = xgboost.Booster()
        booster.load_model(bytearray(read_trees(path).content))
        return cls(booster, names, {})

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return self.booster.num_boosted_rounds()

    def importance(self) -> list[tuple[str, float, float, float]]:
        """Feature, share of the total gain, total gain, number of splits; the most useful first."""
        gain = self.booster.get_score(importance_type="total_gain")
        splits = self.booster.get_score(importance_type="weight")
        total = sum(map(_number, gain.values()))
        # A booster without names calls its features f0, f1, …
        named = dict(zip(self.booster.feature_names or _numbered(self.names), self.names, strict=True))
        rows = [
            (named[each], _number(gain[each]) / total, _number(gain[each]), _number(splits[each]))
            for each in gain
        ]
        return sorted(rows, key=lambda row: -row[1])


def _numbered(names: Sequence[str]) -> list[str]:
    return [f"f{index}" for index in range(len(names))]


def _number(value: float | list[float]) -> float:
    return float(np.sum(value))


class _Parts(xgboost.DataIter):
    """Examples as XGBoost bins them: it asks for all parts several times, and keeps bins, no features."""

    def __init__(self, examples: Examples, names: Sequence[str]) -> None:
        super().__init__()
        self._examples = examples
        self._names = list(names) if _NAMES_FORBID.isdisjoint("".join(names)) else None
        self._parts = examples.parts()

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand over the next part; False if there is none."""
        part = next(self._parts, None)
        if part is None:
            return False
        input_data(data=part.features, label=part.fraud, feature_names=self._names)
        return True

    def reset(self) -> None:
        """Begin again."""
        self._parts = self._examples.parts()


class _Report(xgboost.callback.TrainingCallback):
    """Reports every finished round."""

    def __init__(self, on_round: Callable[[int], None]) -> None:
        super().__init__()
        self._on_round = on_round

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ANN401 - XGBoost's own signature
        """Report, and go on."""
        del model, evals_log
        self._on_round(epoch + 1)
        return False


def grow(
    plan: Plan,
    names: Sequence[str],
    examples: Examples,
    stopping: Examples,
    on_round: Callable[[int], None],
) -> Forest:
    """Trees fitted on `examples`, as many as lower the log loss on `stopping`.

    No class weights: they keep the order of scores and ruin their meaning as probabilities.
    """
    bins = {"max_bin": plan.parameters.max_bin, "nthread": _THREADS}
    fit = xgboost.QuantileDMatrix(_Parts(examples, names), **bins)
    stop = xgboost.QuantileDMatrix(_Parts(stopping, names), ref=fit, **bins)
    log: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        {**_FIXED, **plan.parameters.model_dump(), "nthread": _THREADS, "seed": plan.seed},
        fit,
        plan.rounds,
        evals=[(fit, _FIT), (stop, _STOP)],
        early_stopping_rounds=plan.patience,
        evals_result=log,
        verbose_eval=False,
        callbacks=[_Report(on_round)],
    )
    curves = {f"{name}/log_loss": tuple(values["logloss"]) for name, values in log.items()}
    return Forest(_bare(booster[: booster.best_iteration + 1]), tuple(names), curves)


def _bare(booster: xgboost.Booster) -> xgboost.Booster:
    """Without the attributes of early stopping, which speak of rounds that are no longer there."""
    booster.set_attr(best_iteration=None, best_score=None)
    return booster


def margins(booster: xgboost.Booster, examples: Examples) -> npt.NDArray[np.float32]:
    """Log-odds of fraud before calibration; shape (n,)."""
    return np.concatenate([margins_of(booster, part.features) for part in examples.parts()])


def margins_of(booster: xgboost.Booster, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same of features, as the predictor computes them; shape (n,)."""
    return np.asarray(booster.inplace_predict(features, predict_type="margin"), np.float32)
