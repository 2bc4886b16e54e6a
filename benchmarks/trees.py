"""`python -m benchmarks.trees MODEL`: XGBoost and the flat forest on the golden rows of a model, in turn."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
import xgboost as xgb

from fraud_contract.artifacts.loading import BOOSTER, ModelArtifact
from fraud_contract.trees.model import read_trees
from fraud_forest.flat import FlatForest
from fraud_predictor.forest import Forest

_COUNTS: Final = (1, 8, 60, 512, 10_000)
"""Rows in a call: a lone payment, some, those of 64 connections, a piece beside payments, a large request."""
_ROWS: Final = 100_000
"""That each call is repeated for, at least thirty and at most three thousand times."""


def medians(calls: Sequence[Callable[[], object]], repetitions: int) -> list[float]:
    """Microseconds of each call, all of them called in turn."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(repetitions):
        for call, own in zip(calls, seconds, strict=True):
            start = perf_counter()
            call()
            own.append(perf_counter() - start)
    return [median(own) * 1e6 for own in seconds]


def main() -> None:
    """Prints a line for each number of rows."""
    artifact = ModelArtifact.load(Path(sys.argv[1]))
    trees = read_trees(artifact.folder / BOOSTER)
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(bytearray(trees.content))
    xgboost_forest, flat_forest = Forest(booster), FlatForest(trees)
    golden = np.asarray(artifact.golden.features, np.float32)
    for count in _COUNTS:
        rows = np.resize(golden, (count, trees.width))
        calls = [partial(each.margins, rows) for each in (xgboost_forest, flat_forest)]
        xgboost, flat = medians(calls, min(3_000, max(30, _ROWS // count)))
        print(f"{count:6} rows: XGBoost {xgboost:8.1f} µs, flat forest {flat:8.1f} µs, {flat / xgboost:.2f}")


if __name__ == "__main__":
    main()
