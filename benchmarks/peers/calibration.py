"""From the trees' margins to fraud probabilities, as a release's `model.json` has it."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Calibration:
    """A logistic curve over the trees' margins."""

    def __init__(self, release: Path) -> None:
        model = json.loads((release / "production_model" / "model.json").read_bytes())
        self._slope, self._intercept = model["calibration"]["slope"], model["calibration"]["intercept"]

    def probabilities(self, margins: Floats) -> Floats:
        """Fraud probabilities of the margins, in their order."""
        logits = self._slope * margins.astype(np.float64) + self._intercept
        return (1 / (1 + np.exp(-logits))).astype(np.float32)  # type: ignore[no-any-return]  # an array of float32
