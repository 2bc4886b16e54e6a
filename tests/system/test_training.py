"""A quick training, from the data in the repository to a release that reproduces its golden rows."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import xgboost

from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    MODEL_CARD,
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_contract.artifacts.training_record import TRAINING_RECORD, TrainingRecord
from fraud_contract.features import CompiledFeatures, FeatureSpec
from fraud_training.data.repository import Window, load
from fraud_training.plan.plan import Plan
from fraud_training.preprocessing.preprocessor import INPUTS, loads, sklearn_features
from fraud_training.progress import Silent
from fraud_training.release.commit import commit_of
from fraud_training.train import TrainedRelease, train


def read(trained: TrainedRelease) -> tuple[ModelArtifact, PreprocessorArtifact]:
    return (
        ModelArtifact.load(trained.folder / PRODUCTION_MODEL),
        PreprocessorArtifact.load(trained.folder / PREPROCESSOR),
    )


def test_both_artifacts_load_and_belong_together(trained: TrainedRelease) -> None:
    model, preprocessor = read(trained)
    require_pair(model, preprocessor)
    assert (trained.model_digest, trained.preprocessor_digest) == (model.digest, preprocessor.digest)


def test_golden_rows_are_reproduced_as_a_pod_does(trained: TrainedRelease) -> None:
    model, preprocessor = read(trained)
    golden, compiled = model.golden, CompiledFeatures(preprocessor.spec)
    features = compiled.rows(golden.amt, golden.hour, golden.day_of_week, golden.category)
    booster = xgboost.Booster({"nthread": 1}, model_file=model.folder / BOOSTER)
    scores = model.document.calibration.probabilities(
        booster.inplace_predict(features, predict_type="margin")
    )
    assert golden.features == tuple(map(tuple, features.tolist()))
    assert golden.score == tuple(scores.tolist())
    decide = model.document.policy.decide
    assert golden.decision == tuple(map(decide, golden.score, golden.amt))
    assert set(golden.decision) == {0, 1, 2}
    assert preprocessor.golden.features == golden.features
    assert 200 <= len(golden) <= 500


def test_the_kept_preprocessor_gives_the_compiled_features(trained: TrainedRelease) -> None:
    _, artifact = read(trained)
    preprocessor = loads((artifact.folder / PREPROCESSOR_OBJECT).read_bytes())
    rows = load(Window.TRAFFIC).head(20_000)
    compiled = CompiledFeatures(artifact.spec)
    actual = compiled.rows(rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist())
    assert sklearn_features(preprocessor, rows[list(INPUTS)]).tobytes() == actual.tobytes()


def test_the_reference_counts_the_rows_it_was_fitted_on(trained: TrainedRelease) -> None:
    spec = FeatureSpec.read(trained.folder / PREPROCESSOR / FEATURE_SPEC)
    rows = Plan.quick().fitting_rows
    reference = spec.reference
    counts = (reference.amount, reference.hour, reference.day_of_week, reference.category)
    assert [sum(each) for each in counts] == [rows] * 4
    assert len(reference.amount) == len(reference.amount_edges) + 1
    assert reference.category[-1] == 0


def test_a_quick_model_says_so_everywhere(trained: TrainedRelease) -> None:
    model, _ = read(trained)
    record = TrainingRecord.read(trained.folder / TRAINING_RECORD)
    card = (model.folder / MODEL_CARD).read_text()
    assert (model.document.quick, record.config["quick"]) == (True, True)
    assert card.startswith("# Fraud model (quick)")


def test_the_model_document_names_its_data_by_fingerprint(trained: TrainedRelease) -> None:
    model, _ = read(trained)
    for window in (Window.TRAIN, Window.VALIDATION, Window.EVALUATION):
        expected = hashlib.sha256(window.file().read_bytes()).hexdigest()
        assert model.document.data[window]["sha256"] == expected
    assert set(model.document.data) == {"train", "validation", "evaluation"}


def test_unknown_categories_are_scored_near_the_base_rate(trained: TrainedRelease) -> None:
    assert 0.7 < trained.summary["unknown_category/mean_ratio"] < 1.3


def test_the_record_is_complete(trained: TrainedRelease) -> None:
    record = TrainingRecord.read(trained.folder / TRAINING_RECORD)
    assert record.summary == pytest.approx(dict(trained.summary))
    assert commit_of() == record.config["git"]
    assert set(record.tables) == {
        "feature_importance", "confusion", "precision_recall", "calibration", "categories", "months",
    }  # fmt: skip
    assert len(record.tables["precision_recall"].rows) <= 200
    assert len(record.tables["categories"].rows) == 14
    assert [len(curve) for curve in record.curves.values()] == [Plan.quick().rounds] * 2


def test_the_card_has_its_sections_and_its_plots(trained: TrainedRelease) -> None:
    folder = trained.folder / PRODUCTION_MODEL
    card = (folder / MODEL_CARD).read_text()
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == [
        "Model details", "Intended use", "Factors", "Metrics", "Decisions and money", "Evaluation data",
        "Training data", "Quantitative analyses", "Plots", "Ethical considerations",
        "Caveats and recommendations",
    ]  # fmt: skip
    plots = re.findall(r"!\[.*\]\((.*)\)", card)
    assert len(plots) == 6
    for name in plots:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_nothing_in_the_artifacts_is_a_pickle(trained: TrainedRelease) -> None:
    names = {path.name for path in trained.folder.rglob("*") if path.is_file()}
    assert {Path(name).suffix for name in names} == {".json", ".md", ".png", ".skops", ".ubj"}


def test_scores_as_served_reach_the_figures_stated(trained: TrainedRelease) -> None:
    model, preprocessor = read(trained)
    rows = load(Window.EVALUATION)
    features = CompiledFeatures(preprocessor.spec).rows(
        rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist()
    )
    booster = xgboost.Booster(model_file=model.folder / BOOSTER)
    scores = model.document.calibration.probabilities(
        booster.inplace_predict(features, predict_type="margin")
    )
    fraud = rows["is_fraud"].to_numpy()
    stated = json.loads((model.folder / "model.json").read_text())["metrics"]["evaluation"]
    assert stated["mean_score"] == pytest.approx(float(scores.mean(dtype=np.float64)))
    assert stated["brier"] == pytest.approx(float(np.mean((scores.astype(np.float64) - fraud) ** 2)))


def test_the_same_plan_gives_the_same_release(trained: TrainedRelease, tmp_path: Path) -> None:
    again = train(Plan.quick(), tmp_path / "again", Silent())
    assert (trained.model_digest, trained.preprocessor_digest) == (
        again.model_digest,
        again.preprocessor_digest,
    )
