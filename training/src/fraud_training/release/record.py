"""What the registry shows of a training run: configuration, figures, curves and tables."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, fields
from typing import Any

from fraud_contract.artifacts.training_record import GIT, Table, TrainingRecord
from fraud_contract.policy import DECISIONS
from fraud_training.evaluation.curves import calibration_bins, precision_recall
from fraud_training.evaluation.drift import Month
from fraud_training.evaluation.metrics import Evaluation
from fraud_training.plan.file import written
from fraud_training.plan.plan import Plan
from fraud_training.release.commit import commit_of
from fraud_training.release.result import Result


def record_of(result: Result) -> TrainingRecord:
    """The training record of a finished run.

    It alone names the commit: equal data and plan give equal artifacts, from whichever commit.
    """
    return TrainingRecord(
        config=config_of(result) | {GIT: commit_of()},
        summary=summary_of(result),
        curves=dict(result.forest.curves),
        tables=_tables(result),
    )


def parameters_of(plan: Plan) -> dict[str, Any]:
    """XGBoost's parameters and what else decides the trees."""
    return {
        **plan.parameters.model_dump(),
        "rounds_at_most": plan.rounds,
        "early_stopping_rounds": plan.patience,
        "fitting_rows": plan.fitting_rows,
        "seed": plan.seed,
    }


def config_of(result: Result) -> dict[str, Any]:
    """What the run was given and what it chose."""
    return {
        "quick": result.plan.is_quick,
        "parameters": parameters_of(result.plan),
        "costs": result.plan.costs.model_dump(),
        "policy": result.choices.policy.policy.model_dump(),
        "calibration": result.choices.calibration.calibration.model_dump(),
        "features": list(result.prepared.spec.names),
        "data": result.data,
        "plan": written(result.plan),
    }


def summary_of(result: Result) -> dict[str, float]:
    """The final figures, by names with slashes."""
    evaluation, choice = result.evaluation, result.choices.policy
    figures, unknown = _flat("evaluation", evaluation), evaluation.unknown
    return figures | {
        "unknown_category/mean_ratio": unknown[0].mean_ratio,
        "unknown_category/roc_auc": unknown[0].roc_auc,
        "unknown_category/average_precision": unknown[0].average_precision,
        "unknown_category/recall": unknown[1].recall,
        "validation/cost_of_thresholds": choice.cost_of_thresholds,
        "validation/cost_by_amount": choice.cost_by_amount,
        "validation/cost_of_approving_all": choice.cost_of_approving_all,
        "training/rounds": float(result.forest.rounds),
        "training/proven_rows": float(result.prepared.proven_rows),
    }


def _flat(prefix: str, evaluation: Evaluation) -> dict[str, float]:
    values = asdict(evaluation.figures) | asdict(evaluation.outcome)
    return {f"{prefix}/{name}": float(value) for name, value in values.items()}


def _tables(result: Result) -> dict[str, Table]:
    evaluated = result.evaluated
    return {
        "feature_importance": _table(
            ("feature", "share_of_gain", "gain", "splits"), result.forest.importance()
        ),
        "confusion": _table(
            ("truth", *(decision.label for decision in DECISIONS)),
            [("good", *result.evaluation.decisions[0]), ("fraud", *result.evaluation.decisions[1])],
        ),
        "precision_recall": _table(
            ("threshold", "precision", "recall"), precision_recall(evaluated).tolist()
        ),
        "calibration": _table(
            ("from", "to", "payments", "mean_score", "share_of_frauds"), calibration_bins(evaluated).tolist()
        ),
        "categories": _categories(result.evaluation),
        "months": _table([each.name for each in fields(Month)], [astuple(month) for month in result.months]),
    }


def _categories(evaluation: Evaluation) -> Table:
    rows = [
        {"category": name, **asdict(figures), **asdict(outcome)}
        for name, (figures, outcome) in evaluation.categories.items()
    ]
    return _table(tuple(rows[0]) if rows else ("category",), [tuple(row.values()) for row in rows])


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    return Table(columns=tuple(columns), rows=tuple(map(tuple, rows)))
