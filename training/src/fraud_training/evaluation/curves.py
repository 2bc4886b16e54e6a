"""Curves of scores against the truth, thinned to what a plot or a table can show."""

from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_curve

from fraud_training.evaluation.payments import Payments

Points = npt.NDArray[np.float64]

_PR_POINTS: Final = 200
_CALIBRATION_EDGES: Final = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Finer towards zero, where almost all payments lie."""


def precision_recall(payments: Payments) -> Points:
    """At most 200 rows of threshold, precision, recall, evenly spread over recall."""
    precision, recall, thresholds = precision_recall_curve(payments.fraud, payments.scores)
    precision, recall = precision[:-1], recall[:-1]
    wanted = np.linspace(0, 1, _PR_POINTS)
    # Recall falls along the curve: search it backwards for the last threshold that still reaches each.
    last = len(recall) - 1
    places = np.unique(last - np.searchsorted(recall[::-1], wanted).clip(max=last))
    points: Points = np.column_stack([thresholds, precision, recall])[places].astype(np.float64)
    return points


def calibration_bins(payments: Payments) -> Points:
    """Per bin of score that holds payments: lower edge, upper edge, payments, mean score, share of frauds."""
    edges = np.array(_CALIBRATION_EDGES)
    bins = np.searchsorted(edges, payments.scores, side="right").clip(1, len(edges) - 1) - 1
    counts = np.bincount(bins, minlength=len(edges) - 1)
    filled = np.flatnonzero(counts)
    scores = np.bincount(bins, payments.scores, len(edges) - 1)
    frauds = np.bincount(bins, payments.fraud, len(edges) - 1)
    columns = (edges[:-1], edges[1:], counts, scores / counts.clip(1), frauds / counts.clip(1))
    return np.column_stack(columns)[filled]
