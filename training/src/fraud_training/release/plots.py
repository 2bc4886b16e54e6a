"""The model card's plots: small PNG files without a date, so that equal runs draw equal bytes."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fraud_contract.policy import DECISIONS
from fraud_training.evaluation.curves import calibration_bins, precision_recall
from fraud_training.evaluation.drift import Month
from fraud_training.evaluation.payments import Payments
from fraud_training.release.result import Result

PRECISION_RECALL: Final = "precision_recall.png"
CALIBRATION: Final = "calibration.png"
SCORES: Final = "scores.png"
IMPORTANCE: Final = "importance.png"
CONFUSION: Final = "confusion.png"
MONTHS: Final = "months.png"

_SIZE: Final = (5.0, 3.5)
_DPI: Final = 90
_LOWEST: Final = 1e-6
_SHOWN: Final = 12
_LONGEST_NAME: Final = 30
_DARK: Final = 0.5
"""Share of a row from which on its cell is too dark for black text."""


def draw(result: Result) -> Mapping[str, bytes]:
    """All plots by file name."""
    return {
        PRECISION_RECALL: _precision_recall(result.evaluated),
        CALIBRATION: _calibration(result.evaluated),
        MONTHS: _months(result.months),
        CONFUSION: _confusion(result.evaluation.decisions),
        SCORES: _scores(result.evaluated),
        IMPORTANCE: _importance(result.forest.importance()),
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


def _months(months: Sequence[Month]) -> bytes:
    figure, axes = _axes("Calibration by month", "", "mean score / fraud rate")
    for window in dict.fromkeys(month.window for month in months):
        # A month without frauds has no ratio, and leaves a gap.
        ratios = [month.mean_ratio if month.window == window else None for month in months]
        axes.plot(range(len(months)), np.array(ratios, np.float64), marker="o", label=window)
    axes.axhline(1, linestyle=":", color="grey", label="calibrated")
    axes.set_xticks(range(len(months)), [month.month for month in months], rotation=45, ha="right")
    axes.legend()
    return _png(figure)


def _confusion(decisions: Sequence[Sequence[int]]) -> bytes:
    """Counts of good payments and of frauds by decision, shaded by their share of the row."""
    figure, axes = _axes("Decisions", "decision", "truth")
    counts = np.array(decisions)
    shares = counts / counts.sum(axis=1, keepdims=True)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(DECISIONS)), [decision.label for decision in DECISIONS])
    axes.set_yticks((0, 1), ("good", "fraud"))
    for (row, column), share in np.ndenumerate(shares):
        text = f"{counts[row, column]:,}\n{share:.1%}"
        axes.text(column, row, text, ha="center", va="center", color="white" if share > _DARK else "black")
    return _png(figure)


def _importance(importance: Sequence[tuple[str, float, float, float]]) -> bytes:
    figure, axes = _axes("Importance", "share of total gain", "")
    shown = importance[:_SHOWN]
    axes.barh(range(len(shown)), [share for _, share, *_ in shown])
    # Names hold categories, in which a dollar is no formula.
    axes.set_yticks(range(len(shown)), [_short(name) for name, *_ in shown], parse_math=False)
    axes.invert_yaxis()
    return _png(figure)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
