"""Gradient-boosted trees: fitted, stopped early, cut to the best round; and their margins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xgboost

from fraud_training.plan import Plan

_FIT: Final = "train"
_STOP: Final = "validation"
_THREADS: Final = 1
"""Two are faster on two idle cores (17 s), but wait for each other at every step where anything else runs:
under load, full trees took 26 to 29 s with one and up to 145 s with two. One also fixes the order of sums."""


@dataclass(frozen=True)
class Examples:
    """Features, shape (n, width), and whether each is a fraud, shape (n,)."""

    features: npt.NDArray[np.float32]
    fraud: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Forest:
    """The trees up to the best round, and the log loss of every round that was tried."""

    booster: xgboost.Booster
    curves: Mapping[str, tuple[float, ...]]

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return self.booster.num_boosted_rounds()

    def importance(self) -> list[tuple[str, float, float, float]]:
        """Feature, share of the total gain, total gain, number of splits; the most useful first."""
        gain = self.booster.get_score(importance_type="total_gain")
        splits = self.booster.get_score(importance_type="weight")
        total = sum(map(_number, gain.values()))
        rows = [
            (name, _number(gain[name]) / total, _number(gain[name]), _number(splits[name])) for name in gain
        ]
        return sorted(rows, key=lambda row: -row[1])


def _number(value: float | list[float]) -> float:
    return float(np.sum(value))


class _Report(xgboost.callback.TrainingCallback):
    """Tells a listener of every finished round."""

    def __init__(self, listener: Callable[[int], None]) -> None:
        super().__init__()
        self._listener = listener

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ANN401 - XGBoost's own signature
        """Report, and go on."""
        del model, evals_log
        self._listener(epoch + 1)
        return False


def grow(
    plan: Plan,
    names: Sequence[str],
    examples: Examples,
    stopping: Examples,
    listener: Callable[[int], None],
) -> Forest:
    """Trees fitted on `examples`, as many as lower the log loss on `stopping`.

    No class weights: they keep the order of scores and ruin their meaning as probabilities.
    """
    bins = {"max_bin": plan.parameters["max_bin"], "nthread": _THREADS, "feature_names": list(names)}
    fit = xgboost.QuantileDMatrix(examples.features, examples.fraud, **bins)
    stop = xgboost.QuantileDMatrix(stopping.features, stopping.fraud, ref=fit, **bins)
    log: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        {**plan.parameters, "nthread": _THREADS, "seed": plan.seed},
        fit,
        plan.rounds,
        evals=[(fit, _FIT), (stop, _STOP)],
        early_stopping_rounds=plan.patience,
        evals_result=log,
        verbose_eval=False,
        callbacks=[_Report(listener)],
    )
    curves = {f"{name}/log_loss": tuple(values["logloss"]) for name, values in log.items()}
    return Forest(_bare(booster[: booster.best_iteration + 1]), curves)


def _bare(booster: xgboost.Booster) -> xgboost.Booster:
    """Without the attributes of early stopping, which speak of rounds that are no longer there."""
    booster.set_attr(best_iteration=None, best_score=None)
    return booster


def margins(booster: xgboost.Booster, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Log-odds of fraud before calibration, as the predictor computes them; shape (n,)."""
    return np.asarray(booster.inplace_predict(features, predict_type="margin"), np.float32)
