"""The words that transformer and predictor use between them in the Open Inference Protocol (gRPC)."""

from typing import Final

MODEL_NAME: Final = "fraud"

FEATURES: Final = "features"
"""Input tensor, FP32 [n, width], raw little-endian."""
SCORE: Final = "score"
"""Output tensor, FP32 [n]: calibrated probability of fraud."""
CONTRIBUTIONS: Final = "contributions"
"""Output tensor, FP32 [n, width + 1], only when asked for: TreeSHAP; the last column is the bias, a row's
sum the margin (log-odds before calibration)."""

PREPROCESSOR_DIGEST: Final = "preprocessor_digest"
FEATURE_SPEC_HASH: Final = "feature_spec_hash"
MODEL_VERSION: Final = "model_version"
MODEL_DIGEST: Final = "model_digest"
EXPLAIN: Final = "explain"
"""Request parameter, true to ask for contributions."""
