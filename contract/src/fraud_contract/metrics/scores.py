"""Bins of scores, the same in metrics and in the reference that drift is measured against."""

from typing import Final

SCORE_BOUNDS: Final = (0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Fine where decisions are made; deciles of the scores all lie near 0.00001, where nothing is decided."""
