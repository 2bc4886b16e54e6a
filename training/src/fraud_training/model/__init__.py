"""The model: trees, calibration and policy, each chosen on a window of its own."""
