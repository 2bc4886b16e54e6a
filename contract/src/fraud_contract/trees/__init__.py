"""The trees of a model artifact, checked before XGBoost follows them."""
