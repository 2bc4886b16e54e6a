"""`python -m support.artifacts.walked`: XGBoost and the flat forest walk models; the process may die of it.

Frames on standard input: 4 bytes of length (big-endian), then a model as UBJSON; a line is answered to each.
"""

import struct
import sys
from typing import Final

import numpy as np
import xgboost as xgb

from fraud_contract.trees.model import require_sound
from fraud_predictor.forest import FloatRows

_FRAME: Final = struct.Struct(">I")


def walk(content: bytes) -> str:
    """`refused` where XGBoost does not load it; `walked` after scoring and explaining all kinds of rows.

    `unequal` where the flat forest took the trees, and scores otherwise.
    """
    booster = xgb.Booster({"nthread": 1})
    try:
        booster.load_model(bytearray(content))
    except xgb.core.XGBoostError:
        return "refused"
    width = booster.num_features()
    random = np.random.default_rng(1)
    rows = np.vstack(
        [
            random.normal(0, 20, (40, width)),
            random.integers(-1, 40, (20, width)),
            np.full((1, width), np.nan),
            np.full((1, width), 3e38),
        ]
    ).astype(np.float32)
    margins = booster.inplace_predict(rows, predict_type="margin")
    booster.predict(xgb.DMatrix(rows, feature_names=booster.feature_names), pred_contribs=True)
    finite = np.isfinite(rows).all(axis=1)
    return "walked" if _flat(content, rows[finite]) in (None, margins[finite].tobytes()) else "unequal"


def _flat(content: bytes, rows: FloatRows) -> bytes | None:
    """The flat forest's margins; None where it is not here, or does not take the trees."""
    try:
        from fraud_forest.flat import FlatForest, UnsuitableTrees  # noqa: PLC0415 - not everywhere
    except ImportError:
        return None
    try:
        margins = FlatForest(require_sound(content)).margins(rows)
    except UnsuitableTrees:
        return None
    return None if margins is None else margins.tobytes()


def main() -> None:
    """Answer until the input ends."""
    while head := sys.stdin.buffer.read(_FRAME.size):
        sys.stdout.write(walk(sys.stdin.buffer.read(*_FRAME.unpack(head))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
