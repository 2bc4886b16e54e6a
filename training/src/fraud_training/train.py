"""One training run: from the data in the repository to both artifacts of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fraud_contract.policy import Policy
from fraud_training.data.rows import Rows, Scorer, examples
from fraud_training.evaluation.metrics import Evaluation, evaluate
from fraud_training.evaluation.payments import Payments
from fraud_training.evaluation.quality_gates import require
from fraud_training.model.boosting import Forest, grow, margins
from fraud_training.model.masking import masked, with_masked
from fraud_training.model.platt import choose_calibration
from fraud_training.model.policy_search import choose_policy
from fraud_training.plan import Plan
from fraud_training.preprocessing.prepared import Prepared, prepare
from fraud_training.progress import Progress
from fraud_training.release.golden import Golden, golden_of, golden_rows
from fraud_training.release.record import summary_of
from fraud_training.release.result import Choices, Result
from fraud_training.release.write import require_free, write


@dataclass(frozen=True)
class TrainedRelease:
    """Both artifacts of a release in one folder, ready to be served or published."""

    folder: Path
    """Holds `preprocessor/`, `production_model/` and `training_record.json`."""
    model_digest: str
    preprocessor_digest: str
    summary: Mapping[str, float]


def train(plan: Plan, output: Path, progress: Progress) -> TrainedRelease:
    """Train, prove, evaluate and write a release to `output`, which appears when all of it is done.

    Raises:
        ArtifactError: `output` exists, the compiled features differ from scikit-learn's, or the model misses
            a quality gate (`QualityGateFailed`); nothing was written then.
        ArtifactMissing: the data are not there.
    """
    require_free(output)
    result = run(plan, progress)
    progress.stage("Writing the artifacts")
    digests = write(result, output)
    return TrainedRelease(output, digests.model, digests.preprocessor, summary_of(result))


def run(plan: Plan, progress: Progress) -> Result:
    """Train, prove and evaluate; write nothing. Raises what `train` does, but for `output`."""
    generator = np.random.default_rng(plan.seed)
    progress.stage("Reading the transactions")
    rows = Rows.read(plan, generator)
    progress.stage("Fitting and compiling the preprocessor")
    prepared = prepare(rows.fit)
    progress.stage("Growing trees")
    forest = _grow(plan, prepared, rows, generator, progress)
    progress.stage("Choosing calibration and policy")
    later = examples(prepared.compiled, rows.later_validation)
    calibration = choose_calibration(margins(forest.booster, later.features), later.fraud)
    scorer = Scorer(prepared.compiled, forest.booster, calibration.calibration)
    validated = scorer.payments(rows.validation)
    choices = Choices(calibration, choose_policy(validated, plan.costs))
    progress.stage("Evaluating on later payments")
    evaluated, evaluation = _evaluate(plan, scorer, choices.policy.policy, rows)
    golden = _golden(scorer, choices.policy.policy, rows, validated, generator)
    return Result(plan, rows.describe(plan.data), prepared, forest, choices, evaluation, evaluated, golden)


def _grow(
    plan: Plan, prepared: Prepared, rows: Rows, generator: np.random.Generator, progress: Progress
) -> Forest:
    return grow(
        plan,
        prepared.spec.names,
        examples(prepared.compiled, with_masked(rows.fit, generator)),
        examples(prepared.compiled, rows.earlier_validation),
        lambda done: progress.advance(done, plan.rounds),
    )


def _evaluate(plan: Plan, scorer: Scorer, policy: Policy, rows: Rows) -> tuple[Payments, Evaluation]:
    """The scored evaluation window and its figures, which pass the quality gates or are accepted."""
    evaluated, hidden = (scorer.payments(each) for each in (rows.evaluation, masked(rows.evaluation)))
    evaluation = evaluate(evaluated, hidden, policy, plan.costs)
    if not plan.accepts_below_bars:
        require(evaluation, quick=plan.is_quick)
    return evaluated, evaluation


def _golden(
    scorer: Scorer, policy: Policy, rows: Rows, validated: Payments, generator: np.random.Generator
) -> Golden:
    chosen = golden_rows(rows.validation, validated, policy, generator)
    return golden_of(chosen, scorer.compiled, scorer.scores, policy)
