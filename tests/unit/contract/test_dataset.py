"""Labelled payments: what is refused, and whether a model has seen them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fraud_contract.artifacts.dataset import (
    DATASET_DOCUMENT,
    PAYMENTS,
    Dataset,
    require_unseen,
    write_dataset,
)
from fraud_contract.artifacts.loading import MODEL_DOCUMENT, ModelArtifact, ModelDocument
from fraud_contract.artifacts.manifest import MANIFEST, seal
from fraud_contract.errors import ArtifactCorrupt, DatasetSeen, UnknownSchema
from support.artifacts.datasets import document_of, labelled_rows, small_dataset
from support.artifacts.releases import write_release

ROWS = labelled_rows(500)


def test_what_was_written_is_read_in_its_order(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "data", 500)
    assert ROWS["amt"].tolist() == dataset.amounts.tolist()
    assert [dataset.document.categories[code] for code in ROWS["category"]] == dataset.categories.tolist()
    assert ROWS["is_fraud"].tolist() == dataset.fraud.tolist()
    assert f"evaluation_data:unregistered ({dataset.digest[:12]})" == dataset.name


def rewritten(folder: Path, rows: npt.NDArray[Any], **changes: Any) -> None:  # noqa: ANN401 - any field
    """`folder` as another program might seal it."""
    folder.mkdir()
    document_of(ROWS, **changes).write(folder / DATASET_DOCUMENT)
    np.save(folder / PAYMENTS, rows)
    seal(folder, "dataset")


def changed(field: str, value: float) -> npt.NDArray[np.void]:
    rows = ROWS.copy()
    rows[field][7] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ROWS[:400], r"\(400,\)"),
        (ROWS["amt"].copy(), "needed is"),
        (changed("amt", float("nan")), "row 7: amt is nan"),
        (changed("amt", 0.0), "row 7: amt is 0.0"),
        (changed("hour", 24), "row 7: hour is 24"),
        (changed("day_of_week", -1), "row 7: day_of_week is -1"),
        (changed("category", 4), "row 7: category is 4"),
    ],
)
def test_other_rows_than_the_document_says_are_refused(
    tmp_path: Path, rows: npt.NDArray[Any], told: str
) -> None:
    rewritten(tmp_path / "data", rows)
    with pytest.raises(ArtifactCorrupt, match=told):
        Dataset.load(tmp_path / "data")


def test_labels_that_were_altered_are_refused(tmp_path: Path) -> None:
    rewritten(tmp_path / "data", ROWS, frauds=int(ROWS["is_fraud"].sum()) + 1)
    with pytest.raises(ArtifactCorrupt, match="frauds, where"):
        Dataset.load(tmp_path / "data")


def test_a_head_that_claims_more_rows_than_there_are_is_refused(tmp_path: Path) -> None:
    rewritten(tmp_path / "data", ROWS)
    path = tmp_path / "data" / PAYMENTS
    path.write_bytes(path.read_bytes().replace(b"(500,)", b"(9999999999,)").replace(b"  \n", b"\n", 1))
    (tmp_path / "data" / MANIFEST).unlink()
    seal(tmp_path / "data", "dataset")
    with pytest.raises(ArtifactCorrupt, match="no array of payments"):
        Dataset.load(tmp_path / "data")


def test_another_schema_is_refused(tmp_path: Path) -> None:
    rewritten(tmp_path / "data", ROWS)
    path = tmp_path / "data" / DATASET_DOCUMENT
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    (tmp_path / "data" / MANIFEST).unlink()
    seal(tmp_path / "data", "dataset")
    with pytest.raises(UnknownSchema, match="schema version 2"):
        Dataset.load(tmp_path / "data")


def test_a_model_is_no_dataset(tmp_path: Path) -> None:
    folders = write_release(tmp_path, 70.0)
    with pytest.raises(ArtifactCorrupt, match="holds a model artifact, but a dataset is needed"):
        Dataset.load(folders.model)


@pytest.fixture
def trained_on(tmp_path: Path) -> Callable[[dict[str, Any]], ModelArtifact]:
    """Makes a model that says it was trained on those windows."""
    folder = write_release(tmp_path / "release", 70.0).model

    def model(data: dict[str, Any]) -> ModelArtifact:
        document = ModelDocument.read(folder / MODEL_DOCUMENT)
        document.model_copy(update={"data": data}).write(folder / MODEL_DOCUMENT)
        (folder / MANIFEST).unlink()
        seal(folder, "model")
        return ModelArtifact.load(folder)

    return model


def window(first: str, last: str, digit: str = "a") -> dict[str, Any]:
    return {"rows": 9, "frauds": 1, "from": first, "to": last, "sha256": digit * 64}


EARLIER = window("2019-01-01 00:00:18", "2020-06-21 11:00:00")
MODEL = Callable[[dict[str, Any]], ModelArtifact]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    rows = ROWS
    write_dataset(tmp_path / "data", document_of(rows), rows)
    return Dataset.load(tmp_path / "data")


def test_earlier_windows_and_reporting_on_the_rows_are_in_order(dataset: Dataset, trained_on: MODEL) -> None:
    reported = window("2020-07-01 00:00:00", "2020-09-30 00:00:00", "e")
    model = trained_on({"train": EARLIER, "validation": EARLIER, "evaluation": reported})
    assert "" == require_unseen(dataset, model)


@pytest.mark.parametrize(
    "learned",
    [
        window("2019-01-01", "2020-07-01 00:00:00"),
        window("2020-08-01", "2020-08-02"),
        window("2020-09-30 00:00:00", "2021-01-01"),
        window("2019-01-01", "2019-02-01", digit="e"),
        window("2019-01-01T00:00:00Z", "2020-07-01T02:00:00+02:00"),
    ],
    ids=["its end", "within", "its start", "the same file under other times", "times with zones"],
)
@pytest.mark.parametrize("name", ["train", "validation", "more"])
def test_a_model_that_learned_from_the_rows_is_refused(
    dataset: Dataset, trained_on: MODEL, name: str, learned: dict[str, Any]
) -> None:
    with pytest.raises(DatasetSeen, match="Judge it by later payments"):
        require_unseen(dataset, trained_on({name: learned}))


def test_a_model_without_training_facts_is_noted(dataset: Dataset, trained_on: MODEL) -> None:
    assert "does not say what it was trained on" in require_unseen(dataset, trained_on({}))


def test_training_facts_of_a_model_must_be_readable(dataset: Dataset, trained_on: MODEL) -> None:
    with pytest.raises(ArtifactCorrupt, match=r"data\.train\.to: "):
        require_unseen(dataset, trained_on({"train": EARLIER | {"to": "in summer"}}))
    with pytest.raises(ArtifactCorrupt, match=r"data\.train: .*lies after to"):
        require_unseen(dataset, trained_on({"train": window("2020-12-01", "2019-01-01")}))
    with pytest.raises(ArtifactCorrupt, match=r"data\.train: "):
        require_unseen(dataset, trained_on({"train": "all of it"}))
