"""Training: data, compiled preprocessing, trees, calibration, policy, evaluation, model card."""
