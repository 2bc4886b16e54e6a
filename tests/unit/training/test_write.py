"""Nothing half-written: a release is there as a whole, or not at all."""

import os
from pathlib import Path

import pytest

from fraud_contract.errors import ArtifactError, UsageError
from fraud_training.plan.plan import Plan
from fraud_training.plan.quality_gates import QualityGateFailed
from fraud_training.plan.source import Source
from fraud_training.progress import Silent
from fraud_training.release.folder import release_folder
from fraud_training.release.result import Result
from fraud_training.release.write import write
from fraud_training.train import train


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(ArtifactError, match=r"exists\. Name a folder that does not"):
        train(Plan.quick(), tmp_path, Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_without_data_nothing_is_written(tmp_path: Path) -> None:
    nowhere = Plan.quick().model_copy(update={"data": Source(files=(str(tmp_path / "nowhere.csv"),))})
    with pytest.raises(UsageError, match=r"nowhere\.csv is not there"):
        train(nowhere, tmp_path / "release", Silent())
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    broken = Result.__new__(Result)  # holds none of its parts: writing fails at the first
    with pytest.raises(AttributeError, match="prepared"):
        write(broken, tmp_path / "release")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    output = tmp_path / "release"
    with pytest.raises(ArtifactError, match=r"release exists\. Name a folder"), release_folder(output):
        (output / "theirs").mkdir(parents=True)
    assert [output, output / "theirs"] == sorted(tmp_path.rglob("*"))


def test_a_full_disk_is_named_by_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "release"
    with pytest.raises(OSError, match="No space left") as full, release_folder(output):
        os.write(os.open("/dev/full", os.O_WRONLY), b"a model")
    assert str(output) == full.value.filename
    assert list(tmp_path.iterdir()) == []


def test_a_model_below_a_bar_is_not_written(tmp_path: Path) -> None:
    poor = Plan.quick().model_copy(update={"rounds": 1, "fitting_rows": 20_000})
    with pytest.raises(QualityGateFailed, match=r"ROC AUC .*Nothing was written"):
        train(poor, tmp_path / "release", Silent())
    assert list(tmp_path.iterdir()) == []
