"""Small model files that XGBoost wrote."""

from typing import Final

import numpy as np
import xgboost as xgb

_WIDTH: Final = 3


def grown(**parameters: object) -> bytes:
    """A model file that XGBoost wrote: three features, the first of them a category."""
    random = np.random.default_rng(5)
    rows = random.integers(0, 30, (500, _WIDTH)).astype(np.float32)
    labels = (rows[:, 0] % 3 == 0) ^ (rows[:, 1] > 20)
    matrix = xgb.DMatrix(rows, labels, feature_types=["c", "q", "q"], enable_categorical=True)
    settings = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, **parameters}
    return bytes(xgb.train(settings, matrix, 4).save_raw("ubj"))
