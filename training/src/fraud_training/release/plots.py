"""The model card's plots: small PNG files without a date, so that equal runs draw equal bytes."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fraud_training.evaluation.curves import calibration_bins, precision_recall
from fraud_training.evaluation.payments import Payments

PRECISION_RECALL: Final = "precision_recall.png"
CALIBRATION: Final = "calibration.png"
SCORES: Final = "scores.png"
IMPORTANCE: Final = "importance.png"

_SIZE: Final = (5.0, 3.5)
_DPI: Final = 90
_LOWEST: Final = 1e-6
_SHOWN: Final = 12


def draw(payments: Payments, importance: Sequence[tuple[str, float]]) -> Mapping[str, bytes]:
    """All plots by file name; `importance` names features with their share of the gain, largest first."""
    return {
        PRECISION_RECALL: _precision_recall(payments),
        CALIBRATION: _calibration(payments),
        SCORES: _scores(payments),
        IMPORTANCE: _importance(importance),
    }


def _axes(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _precision_recall(payments: Payments) -> bytes:
    figure, axes = _axes("Precision and recall", "recall", "precision")
    points = precision_recall(payments)
    axes.plot(points[:, 2], points[:, 1])
    axes.axhline(float(payments.fraud.mean()), linestyle=":", color="grey", label="share of frauds")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    return _png(figure)


def _calibration(payments: Payments) -> bytes:
    figure, axes = _axes("Calibration", "mean score", "share of frauds")
    bins = calibration_bins(payments)
    ends = (_LOWEST, 1.0)
    axes.plot(ends, ends, linestyle=":", color="grey", label="perfect")
    seen = bins[bins[:, 4] > 0]
    axes.plot(seen[:, 3], seen[:, 4], marker="o", label="evaluation")
    axes.set(xscale="log", yscale="log")
    axes.legend()
    return _png(figure)


def _scores(payments: Payments) -> bytes:
    figure, axes = _axes("Scores", "score", "payments")
    edges = np.geomspace(_LOWEST, 1, 61).tolist()
    scores = payments.scores.clip(_LOWEST, 1)
    axes.hist(scores[~payments.fraud], edges, alpha=0.7, label="good")
    axes.hist(scores[payments.fraud], edges, alpha=0.7, label="fraud")
    axes.set(xscale="log", yscale="log")
    axes.legend()
    return _png(figure)


def _importance(importance: Sequence[tuple[str, float]]) -> bytes:
    figure, axes = _axes("Importance", "share of total gain", "")
    shown = list(reversed(importance[:_SHOWN]))
    axes.barh([name for name, _ in shown], [share for _, share in shown])
    return _png(figure)
