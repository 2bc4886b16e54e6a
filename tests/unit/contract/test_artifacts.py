"""A release is read from its two folders, and only as a pair."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from fraud_contract.artifacts.loading import (
    BOOSTER,
    GoldenRows,
    ModelArtifact,
    Origin,
    OutcomeReference,
    PreprocessorArtifact,
    require_pair,
)
from fraud_contract.artifacts.manifest import MAX_FILE_BYTES, ORIGIN, Manifest, seal
from fraud_contract.errors import ArtifactCorrupt, ArtifactMissing, PairMismatch
from fraud_contract.features import CompiledFeatures
from support.artifacts.releases import write_release


def test_a_pair_is_a_pair_and_others_are_not(tmp_path: Path) -> None:
    first, second = write_release(tmp_path / "1", mean=1.0), write_release(tmp_path / "2", mean=2.0)
    model, preprocessor = ModelArtifact.load(first.model), PreprocessorArtifact.load(first.preprocessor)
    require_pair(model, preprocessor)
    with pytest.raises(PairMismatch, match="Serve the pair that was published together"):
        require_pair(model, PreprocessorArtifact.load(second.preprocessor))
    with pytest.raises(PairMismatch):
        require_pair(model, replace(preprocessor, digest="0" * 64))


def test_the_version_comes_from_the_origin(tmp_path: Path) -> None:
    folders = write_release(tmp_path, mean=1.0)
    assert ModelArtifact.load(folders.model).version == "unregistered"
    Origin(name="production_model", version="v7", digest="0" * 64, registry_digest="d").write(
        folders.model / ORIGIN
    )
    assert ModelArtifact.load(folders.model).version == "v7"


def test_a_model_without_trees_is_refused_even_if_its_manifest_agrees(tmp_path: Path) -> None:
    folders = write_release(tmp_path, mean=1.0)
    (folders.model / BOOSTER).unlink()
    seal(folders.model, "model")
    with pytest.raises(ArtifactMissing, match=r"model\.ubj"):
        ModelArtifact.load(folders.model)


@pytest.mark.parametrize("version", ["", "v", "latest", "v1\r\nx: y", "v" + "1" * 99])
def test_an_origin_of_no_version_is_refused(version: str) -> None:
    with pytest.raises(ValidationError):
        Origin(name="production_model", version=version, digest="0" * 64, registry_digest="d")


def test_golden_rows_of_features_are_as_wide_as_each_other() -> None:
    columns = {"amt": (1.0, 2.0), "hour": (1, 2), "day_of_week": (1, 2), "category": ("a", "a")}
    with pytest.raises(ValidationError, match="rows of features differ in length"):
        GoldenRows.model_validate(columns | {"features": ((1.0,), (1.0, 2.0))})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amt", -1.0),
        ("hour", 24),
        ("day_of_week", -1),
        ("category", ""),
        ("score", 2.0),
        ("features", (1e300,)),
    ],
)
def test_golden_rows_are_payments(column: str, value: object) -> None:
    row = {"amt": 1.0, "hour": 1, "day_of_week": 1, "category": "a", "features": (1.0,), "score": 0.5}
    columns = {name: (each,) for name, each in (row | {column: value}).items()}
    with pytest.raises(ValidationError, match=column):
        GoldenRows.model_validate(columns | {"decision": (0,)})


def test_golden_rows_are_as_long_as_each_other() -> None:
    with pytest.raises(ValidationError, match="columns differ in length, or are empty"):
        GoldenRows(
            amt=(1.0,), hour=(1,), day_of_week=(1,), category=("a",), features=((1.0,),), score=(0.5, 0.5)
        )


def test_golden_features_are_reproduced_by_row_and_by_rows(tmp_path: Path) -> None:
    artifact = PreprocessorArtifact.load(write_release(tmp_path, mean=1.0).preprocessor)
    golden, features = artifact.golden, CompiledFeatures(artifact.spec)
    columns = (golden.amt, golden.hour, golden.day_of_week, golden.category)
    assert [list(row) for row in golden.features] == features.rows(*columns).tolist()
    assert features.rows(*columns).tobytes() == b"".join(map(features.row, *columns))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"decisions": (0, 0, 0)}, "decisions are of no payment"),
        ({"decisions": (-1, 1, 1)}, "greater than or equal to 0"),
        ({"score_bounds": (0.5, 0.1)}, "edges of bins do not ascend"),
        ({"scores": (1, 2)}, "2 counts for 3 bins"),
        ({"expected_cost": 1e300}, "less than or equal to 1"),
    ],
)
def test_an_outcome_reference_is_of_payments(changes: dict[str, object], told: str) -> None:
    content = {"score_bounds": (0.1, 0.5), "scores": (1, 2, 3), "decisions": (4, 1, 1), "expected_cost": 9.5}
    OutcomeReference.model_validate(content)
    with pytest.raises(ValidationError, match=told):
        OutcomeReference.model_validate(content | changes)


@pytest.mark.parametrize("sizes", [[MAX_FILE_BYTES + 1], [MAX_FILE_BYTES] * 5])
def test_files_that_nobody_would_take_are_not_sealed(sizes: list[int], tmp_path: Path) -> None:
    for number, size in enumerate(sizes):
        with (tmp_path / f"{number}.parquet").open("wb") as file:
            file.truncate(size)
    with pytest.raises(ArtifactCorrupt, match="are too large"):
        seal(tmp_path, "dataset")
    assert not (tmp_path / "manifest.json").exists()


def test_a_manifest_of_too_much_is_refused() -> None:
    files = {f"{number}.bin": {"sha256": "0" * 64, "size": MAX_FILE_BYTES} for number in range(5)}
    with pytest.raises(ValidationError, match="more than 1073741824 bytes in all"):
        Manifest.model_validate({"kind": "model", "files": files})
