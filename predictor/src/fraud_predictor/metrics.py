"""What the predictor counts."""

from typing import Final

from prometheus_client import Counter

SCORED_ROWS: Final = Counter("fraud_scored_rows", "Rows scored", ["model_version"])
"""Shows, over the pods, whether the load is even."""
