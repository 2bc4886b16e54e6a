"""What the predictor counts."""

from typing import Final

from prometheus_client import Counter, Gauge

SCORED_ROWS: Final = Counter("fraud_scored_rows", "Rows scored", ["model_version"])
"""Shows, over the pods, whether the load is even."""

ENGINE: Final = Gauge("fraud_engine_info", "What walks the trees: fraud_forest, or xgboost", ["engine"])
"""1 for the one that was chosen when the model was loaded."""
