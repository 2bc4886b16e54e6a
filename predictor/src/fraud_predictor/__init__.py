"""The predictor: XGBoost scores over the Open Inference Protocol."""
