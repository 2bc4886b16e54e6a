"""Trained candidates: sound ones by the project's own training, and ones that it would refuse to write."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from fraud_contract.calibration import Calibration
from fraud_contract.policy import CostPolicy
from fraud_training.data.examples import Examples
from fraud_training.data.repository import FOLDER
from fraud_training.data.rows import Rows
from fraud_training.evaluation.metrics import evaluate
from fraud_training.model.boosting import grow, margins
from fraud_training.model.masking import masked, with_masked
from fraud_training.model.platt import choose_calibration
from fraud_training.model.policy_search import choose_policy
from fraud_training.model.scorer import Scorer
from fraud_training.plan.plan import Plan
from fraud_training.preprocessing.prepared import prepare
from fraud_training.progress import Silent
from fraud_training.release.golden import golden_of, golden_rows
from fraud_training.release.result import Choices, Result
from fraud_training.release.write import write
from fraud_training.train import train


def trained(plan: Plan, target: Path) -> None:
    """A release as `fraudctl train` writes it."""
    train(plan, target, Silent())


def with_parameters(plan: Plan, **parameters: float) -> Plan:
    """The plan with other parameters for XGBoost."""
    return plan.model_copy(update={"parameters": plan.parameters.model_copy(update=parameters)})


def last_months(rows: pd.DataFrame) -> pd.DataFrame:
    """The last three months of the training window."""
    return rows[rows["time"] >= "2020-01-01"]


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    """Every label on another payment."""
    labels = np.random.default_rng(0).permutation(rows["is_fraud"].to_numpy())
    return rows.assign(is_fraud=labels)


def frauds_repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """Every fraud 170 times, as scale_pos_weight would weigh it."""
    return rows.iloc[np.repeat(np.arange(len(rows)), np.where(rows["is_fraud"], 170, 1))]


def unchecked(plan: Plan, target: Path, fit: pd.DataFrame) -> None:
    """A release fitted on `fit` without quality gates, decided by amount and left uncalibrated."""
    generator = np.random.default_rng(plan.seed)
    rows = replace(Rows.read(FOLDER, plan.fitting_rows, generator), fit=fit)
    prepared = prepare(rows.fit)
    forest = grow(
        plan,
        prepared.spec.names,
        with_masked(Examples.of(prepared.compiled, rows.fit), generator),
        Examples.of(prepared.compiled, rows.earlier_validation),
        lambda _: None,
    )
    later = Examples.of(prepared.compiled, rows.later_validation)
    calibration = choose_calibration(margins(forest.booster, later), later.fraud)
    scorer = Scorer(prepared.compiled, forest.booster, Calibration())
    validated = scorer.payments(rows.validation)
    policy = CostPolicy(costs=plan.costs)
    choices = Choices(
        replace(calibration, calibration=Calibration()),
        replace(choose_policy(validated, plan.costs), policy=policy),
    )
    evaluated, hidden = (scorer.payments(each) for each in (rows.evaluation, masked(rows.evaluation)))
    chosen = golden_rows(prepared.spec.categories, rows.validation, validated, policy, generator)
    result = Result(
        plan=plan,
        data=rows.described,
        prepared=prepared,
        forest=forest,
        choices=choices,
        evaluation=evaluate(evaluated, hidden, policy, plan.costs),
        months=(),
        evaluation_window=rows.evaluation,
        evaluated=evaluated,
        golden=golden_of(chosen, prepared.compiled, scorer.scores, policy),
    )
    write(result, target)
