"""Whatever a document holds, reading it takes little, and what an error repeats of it is short and plain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fraud_contract.artifacts.dataset import DatasetDocument
from fraud_contract.artifacts.loading import GoldenRows, ModelDocument, Origin
from fraud_contract.artifacts.manifest import Manifest
from fraud_contract.artifacts.training_record import TrainingRecord
from fraud_contract.documents import MAX_MEMBERS, Document
from fraud_contract.errors import ArtifactCorrupt, UnknownSchema
from fraud_contract.features import FeatureSpec
from fraud_contract.release import Release
from support.artifacts.fuzzing import little_memory

OF_ARTIFACTS = (
    DatasetDocument,
    FeatureSpec,
    GoldenRows,
    Manifest,
    ModelDocument,
    Origin,
    Release,
    TrainingRecord,
)
MANY = 200_000
ROWS = {"amt": [1], "hour": [1], "day_of_week": [1], "category": ["a"]}
SPEC = {"names": ["a"], "categories": [], "reference": {}, "blocks": []}


def written(folder: Path, content: object) -> Path:
    path = folder / "document.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("kind", "content", "place"),
    [
        (GoldenRows, ROWS | {"amt": [0] * MANY, "features": [[1]]}, "amt.0"),
        (GoldenRows, ROWS | {"features": [[""] * MANY]}, "features.0.0"),
        (FeatureSpec, SPEC | {"names": [0] * 4_000 + [""] * MANY}, "names.0"),
        (FeatureSpec, SPEC | {"blocks": [{}] * MANY}, "blocks.0"),
        (GoldenRows, dict.fromkeys(map(str, range(MANY))), "is not readable JSON"),
    ],
    ids=("amounts", "features", "names", "blocks", "members"),
)
def test_many_wrong_values_take_as_little_as_one(
    kind: type[Document], content: object, place: str, tmp_path: Path
) -> None:
    path = written(tmp_path, content)
    del content
    with little_memory(), pytest.raises(ArtifactCorrupt, match=place):
        kind.read(path)


def lists(schema: Any, where: str = "") -> Iterator[tuple[str, bool]]:  # noqa: ANN401 - pydantic's own
    """Each list of any length in a schema, and whether reading it ends with the first wrong value."""
    if isinstance(schema, dict):
        if schema.get("type") in {"list", "set"} or "variadic_item_index" in schema:
            yield where, schema.get("fail_fast", False)
        for name, each in schema.items():
            yield from lists(each, f"{where}.{name}")
    elif isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from lists(each, f"{where}.{number}")


@pytest.mark.parametrize("kind", OF_ARTIFACTS, ids=lambda kind: kind.__name__)
def test_reading_a_list_ends_with_its_first_wrong_value(kind: type[Document]) -> None:
    assert [] == [where for where, fails_fast in lists(kind.__pydantic_core_schema__) if not fails_fast]


@pytest.mark.parametrize(
    "content",
    [
        {"\x1b[2J\nerror: all is well" + "x" * 100_000: 1, **ROWS, "features": [[1]]},
        {"schema_version": "\x1b[2J\nerror: all is well" + "x" * 100_000},
    ],
    ids=("name", "version"),
)
def test_an_error_repeats_little_of_a_document_in_one_line(content: object, tmp_path: Path) -> None:
    with pytest.raises((ArtifactCorrupt, UnknownSchema)) as refused:
        GoldenRows.read(written(tmp_path, content))
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 1_000


def test_an_object_has_at_most_so_many_names(tmp_path: Path) -> None:
    libraries = {str(number): "1" for number in range(MAX_MEMBERS + 1)}
    with pytest.raises(ArtifactCorrupt, match="not readable JSON"):
        Release.read(written(tmp_path, {"settings": libraries}))


@pytest.mark.parametrize(
    "number", ["9" * 400, "9" * 5_000, str(1 << 63), "NaN", "-Infinity"], ids=lambda text: text[:9]
)
def test_a_number_that_no_float_holds_is_refused_wherever_it_stands(number: str, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(f'{{"parameters": {{"a": [{number}]}}}}')
    with pytest.raises(ArtifactCorrupt, match="not readable JSON"):
        ModelDocument.read(path)
