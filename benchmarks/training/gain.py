"""What the full plan gains over the former one, reported once on windows that chose neither.

`python -m benchmarks.training.gain` trains both (a minute or two) and prints what
docs/decisions/0004-training-and-policy.md says of them.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.training.choice import FORMER
from fraud_training.data.repository import Window, load
from fraud_training.evaluation.metrics import figures_of
from fraud_training.evaluation.payments import Payments
from fraud_training.model.scorer import Scorer
from fraud_training.plan.plan import Plan
from fraud_training.progress import Silent
from fraud_training.train import run

PLANS: Final = {"former": FORMER, "now": Plan.full()}
DRAWS: Final = 1_000
LEVELS: Final = (2.5, 97.5)
"""Percentiles: a 95 % interval."""


def scored(plan: Plan) -> Mapping[Window, Payments]:
    """Both windows by a model of the plan."""
    result = run(plan, Silent())
    scorer = Scorer(result.prepared.compiled, result.forest.booster, result.choices.calibration.calibration)
    return {
        Window.EVALUATION: result.evaluated,
        Window.TRAFFIC: scorer.payments(load(Window.TRAFFIC)),
    }


def average_precisions(
    payments: Payments, draws: int, generator: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Average precision of each resample of the rows; shape (draws,).

    Equal generators draw equal rows, so that the values of two models are pairs. Copies of a row are Poisson:
    of so many rows that is the bootstrap.
    """
    return np.array(
        [
            average_precision_score(
                payments.fraud, payments.scores, sample_weight=generator.poisson(1.0, len(payments))
            )
            for _ in range(draws)
        ]
    )


def main() -> None:
    """Print figures of both plans, and the paired interval of the gain."""
    windows = {name: scored(plan) for name, plan in PLANS.items()}
    print("| window | plan | average precision | ROC AUC | Brier skill | mean score / fraud rate |")
    print("|---|---|---|---|---|---|")
    for window in (Window.EVALUATION, Window.TRAFFIC):
        for name, scores in windows.items():
            found = figures_of(scores[window])
            print(
                f"| {window} | {name} | {found.average_precision:.4f} | {found.roc_auc:.4f} | "
                f"{found.brier_skill:.4f} | {found.mean_ratio:.3f} |"
            )
    for window in (Window.EVALUATION, Window.TRAFFIC):
        former, now = (
            average_precisions(scores[window], DRAWS, np.random.default_rng(0)) for scores in windows.values()
        )
        gain = now - former
        low, high = np.percentile(gain, LEVELS)
        print(f"{window}: average precision {gain.mean():+.4f}, 95 % from {low:+.4f} to {high:+.4f}")


if __name__ == "__main__":
    main()
