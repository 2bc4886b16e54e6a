"""One training run: from transactions to both artifacts of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fraud_training.data.examples import Examples
from fraud_training.data.repository import Window
from fraud_training.data.rows import Rows
from fraud_training.data.windows import Locate, windows_of
from fraud_training.evaluation.drift import by_month
from fraud_training.evaluation.gates import require
from fraud_training.evaluation.metrics import evaluate
from fraud_training.model.boosting import Forest, grow, margins
from fraud_training.model.masking import masked, with_masked
from fraud_training.model.platt import choose_calibration
from fraud_training.model.policy_search import choose_policy
from fraud_training.model.scorer import Scorer
from fraud_training.plan.plan import Plan
from fraud_training.preprocessing.prepared import Prepared, prepare
from fraud_training.progress import Progress
from fraud_training.release.folder import require_free
from fraud_training.release.golden import golden_of, golden_rows
from fraud_training.release.record import summary_of
from fraud_training.release.result import Choices, Result
from fraud_training.release.write import write


@dataclass(frozen=True)
class TrainedRelease:
    """Both artifacts of a release in one folder, ready to be served or published."""

    folder: Path
    """Holds `preprocessor/`, `production_model/`, `training_record.json`, and of one's own data
    `evaluation_data/`."""
    model_digest: str
    preprocessor_digest: str
    summary: Mapping[str, float]


def train(
    plan: Plan,
    output: Path,
    progress: Progress,
    *,
    accepts_failed_gates: bool = False,
    locate: Locate = Path,
) -> TrainedRelease:
    """Train, prove, evaluate and write a release to `output`, which appears when all of it is done.

    Args:
        plan: what to train on which data.
        output: new folder to write to.
        progress: gets the stages.
        accepts_failed_gates: whether a model is written that fails a quality gate; its card and document then
            name which.
        locate: finds the files that the plan's data name.

    Raises:
        ArtifactError: `output` exists, the compiled features differ from scikit-learn's, or the model fails
            a quality gate (`QualityGateFailed`); nothing was written then.
        ArtifactMissing: the repository's data are not there.
        UsageError: one's own data are unusable.
    """
    require_free(output)
    result = run(plan, progress, locate)
    if not accepts_failed_gates:
        require(result.evaluation, plan.quality_gates)
    progress.stage("Writing the artifacts")
    digests = write(result, output)
    return TrainedRelease(output, digests.model, digests.preprocessor, summary_of(result))


def run(plan: Plan, progress: Progress, locate: Locate = Path) -> Result:
    """Train, prove and evaluate; write nothing. Raises what `train` does, but for `output` and gates."""
    generator = np.random.default_rng(plan.seed)
    with windows_of(plan.data, locate, progress) as folder:
        progress.stage("Reading the transactions")
        rows = Rows.read(folder, plan.fitting_rows, generator)
    progress.stage("Fitting and compiling the preprocessor")
    prepared = prepare(rows.fit)
    progress.stage("Growing trees")
    forest = _grow(plan, prepared, rows, generator, progress)
    progress.stage("Choosing calibration and policy")
    later = Examples.of(prepared.compiled, rows.later_validation)
    calibration = choose_calibration(margins(forest.booster, later), later.fraud)
    scorer = Scorer(prepared.compiled, forest.booster, calibration.calibration)
    validated = scorer.payments(rows.validation)
    choices = Choices(calibration, choose_policy(validated, plan.costs))
    policy = choices.policy.policy
    progress.stage("Evaluating on later payments")
    evaluated, hidden = (scorer.payments(each) for each in (rows.evaluation, masked(rows.evaluation)))
    golden = golden_rows(prepared.spec.categories, rows.validation, validated, policy, generator)
    return Result(
        plan=plan,
        data=rows.described,
        prepared=prepared,
        forest=forest,
        choices=choices,
        evaluation=evaluate(evaluated, hidden, policy, plan.costs),
        months=(
            *by_month(Window.VALIDATION, rows.validation["time"], validated),
            *by_month(Window.EVALUATION, rows.evaluation["time"], evaluated),
        ),
        evaluation_window=rows.evaluation,
        evaluated=evaluated,
        golden=golden_of(golden, prepared.compiled, scorer.scores, policy),
    )


def _grow(
    plan: Plan, prepared: Prepared, rows: Rows, generator: np.random.Generator, progress: Progress
) -> Forest:
    return grow(
        plan,
        prepared.spec.names,
        with_masked(Examples.of(prepared.compiled, rows.fit), generator),
        Examples.of(prepared.compiled, rows.earlier_validation),
        lambda done: progress.advance(done, plan.rounds),
    )
