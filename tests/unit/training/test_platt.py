"""Platt scaling: fitted where it helps, left out where it does not."""

import numpy as np
import pytest

from fraud_contract.calibration import Calibration
from fraud_training.evaluation.metrics import log_losses
from fraud_training.model.platt import choose_calibration, fit_platt


def drawn(slope: float, intercept: float, size: int = 40_000) -> tuple[np.ndarray, np.ndarray]:
    """Margins, and frauds drawn at the probability that scaling them gives."""
    random = np.random.default_rng(1)
    margins = random.normal(-2, 2, size).astype(np.float32)
    truth = Calibration(slope=slope, intercept=intercept).probabilities(margins)
    return margins, random.random(size) < truth


def test_slope_and_intercept_are_found() -> None:
    found = fit_platt(*drawn(1.5, -0.7))
    assert [found.slope, found.intercept] == pytest.approx([1.5, -0.7], abs=0.05)


def test_margins_that_are_off_are_scaled() -> None:
    choice = choose_calibration(*drawn(1.5, -0.7))
    assert choice.calibration == choice.candidate
    assert choice.loss_with + choice.standard_error < choice.loss_without


def test_margins_that_are_right_are_left_alone() -> None:
    choice = choose_calibration(*drawn(1.0, 0.0))
    assert choice.calibration == Calibration()
    assert choice.candidate != Calibration()


def test_the_log_loss_of_a_certain_mistake_is_bounded_by_float32() -> None:
    losses = log_losses(np.array([0.0, 1.0, 0.5], np.float32), np.array([True, False, True]))
    assert losses == pytest.approx([15.942385, 15.942385, np.log(2)])


def test_scores_against_the_truth_and_rows_of_one_kind_are_not_scaled() -> None:
    margins, fraud = drawn(1.5, -0.7)
    assert Calibration() == fit_platt(margins, ~fraud)
    assert Calibration() == fit_platt(margins, np.zeros_like(fraud))
