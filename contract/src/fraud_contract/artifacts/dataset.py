"""Labelled payments as an artifact: what releases are judged by, and proof that none was trained on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Self

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from fraud_contract.artifacts.loading import ModelArtifact, version_of
from fraud_contract.artifacts.manifest import Sha256, seal, verify
from fraud_contract.documents import Document, Many
from fraud_contract.errors import ArtifactCorrupt, ArtifactMissing, DatasetSeen
from fraud_contract.transaction import DAYS, HOURS, MAX_AMOUNT, MAX_CATEGORY_LENGTH
from fraud_contract.validation import problem

EVALUATION_DATA: Final = "evaluation_data"
"""Name of the W&B artifact, of type `dataset`."""
DATASET_DOCUMENT: Final = "dataset.json"
PAYMENTS: Final = "payments.npy"
"""One record a payment, in order of time; see `RECORD`."""

RECORD: Final = np.dtype(
    [("amt", "<f8"), ("hour", "i1"), ("day_of_week", "i1"), ("category", "<i2"), ("is_fraud", "?")]
)
"""`category` is an index into the document's categories."""
_REPORTED_ON: Final = "evaluation"
"""The one window of a model's document that it was neither fitted nor chosen on."""


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("holds characters that cannot be shown")
    return name


CategoryName = Annotated[str, Field(min_length=1, max_length=MAX_CATEGORY_LENGTH), AfterValidator(_printable)]


def _without_zone(moment: datetime) -> datetime:
    """Times of payments have no zone; one that has is taken as UTC, so that all can be compared."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


Moment = Annotated[datetime, AfterValidator(_without_zone)]


class DatasetDocument(Document):
    """Which payments these are."""

    window: Annotated[str, Field(min_length=1, max_length=64)]
    """What the part of the data is called, such as `evaluation`."""
    fingerprint: Sha256
    """SHA-256 of the file that the rows were read from, as the documents of models name it."""
    first: Moment
    last: Moment
    """Times of the first and the last payment."""
    rows: Annotated[int, Field(ge=1, le=50_000_000)]
    frauds: Annotated[int, Field(ge=1)]
    categories: Annotated[Many[CategoryName], Field(min_length=1, max_length=32_767)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"first ({self.first}) lies after last ({self.last})")
        if self.frauds >= self.rows:
            raise ValueError(f"{self.frauds} frauds among {self.rows} rows leave nothing to judge by")
        return self


@dataclass(frozen=True)
class Dataset:
    """A verified dataset; its columns have the shape (rows,)."""

    folder: Path
    digest: str
    version: str
    document: DatasetDocument
    amounts: npt.NDArray[np.float64]
    hours: npt.NDArray[np.int8]
    days: npt.NDArray[np.int8]
    categories: npt.NDArray[np.object_]
    fraud: npt.NDArray[np.bool_]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Verify and read the artifact in `folder`.

        Raises:
            UnknownSchema: it was written by another version of this software.
            ArtifactError: as `manifest.verify` does, or its rows are not what its document says.
        """
        digest = verify(folder, "dataset")
        document = DatasetDocument.read(folder / DATASET_DOCUMENT)
        rows = _rows(folder / PAYMENTS, document)
        return cls(
            folder=folder,
            digest=digest,
            version=version_of(folder),
            document=document,
            amounts=rows["amt"].copy(),
            hours=rows["hour"].copy(),
            days=rows["day_of_week"].copy(),
            categories=np.asarray(document.categories, object)[rows["category"]],
            fraud=rows["is_fraud"].copy(),
        )

    @property
    def name(self) -> str:
        """How records and reports call it: artifact, version, and the start of its digest."""
        return f"{EVALUATION_DATA}:{self.version} ({self.digest[:12]})"

    def __len__(self) -> int:
        return len(self.amounts)


def write_dataset(folder: Path, document: DatasetDocument, rows: npt.NDArray[np.void]) -> str:
    """Write `rows`, records of `RECORD`, into the new `folder`, sealed; returns the artifact's digest."""
    folder.mkdir(parents=True)
    document.write(folder / DATASET_DOCUMENT)
    np.save(folder / PAYMENTS, rows, allow_pickle=False)
    _rows(folder / PAYMENTS, document)
    return seal(folder, "dataset")


def _rows(path: Path, document: DatasetDocument) -> npt.NDArray[np.void]:
    try:
        # Mapped, so that a head that claims more rows than the file has allocates nothing.
        rows: npt.NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise ArtifactMissing(f"Dataset file not found: {path}. Fetch or write the dataset again.") from None
    except (OSError, ValueError, EOFError):
        raise ArtifactCorrupt(f"{path} is no array of payments. Fetch or write the dataset again.") from None
    if rows.dtype != RECORD or rows.shape != (document.rows,):
        raise ArtifactCorrupt(
            f"{path} holds {rows.shape} of {rows.dtype}; needed is ({document.rows},) of {RECORD}. "
            "Write the dataset with the same version of this software."
        )
    problem = next(_problems(rows, document), None)
    if problem is not None:
        raise ArtifactCorrupt(f"{path}: {problem}. Write the dataset again.")
    return rows


def _problems(rows: npt.NDArray[np.void], document: DatasetDocument) -> Iterator[str]:
    allowed: Mapping[str, tuple[float, float]] = {
        "amt": (np.nextafter(0.0, 1.0), MAX_AMOUNT),
        "hour": (0, HOURS - 1),
        "day_of_week": (0, DAYS - 1),
        "category": (0, len(document.categories) - 1),
    }
    for name, (low, high) in allowed.items():
        outside = np.flatnonzero(~((rows[name] >= low) & (rows[name] <= high)))  # NaN is outside, too
        if len(outside):
            yield f"row {outside[0]}: {name} is {rows[name][outside[0]]}, not in {low:g} to {high:g}"
    frauds = int(np.count_nonzero(rows["is_fraud"]))
    if frauds != document.frauds:
        yield f"{frauds} frauds, where {DATASET_DOCUMENT} says {document.frauds}"


class _WindowOfModel(BaseModel):
    """What a model's document says of one window of its data; written by `fraud_training.data`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    first: Moment = Field(alias="from")
    last: Moment = Field(alias="to")
    sha256: Sha256

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"from ({self.first}) lies after to ({self.last})")
        return self


def evaluated_on(model: ModelArtifact) -> str:
    """SHA-256 of the payments that the model's own figures are of; empty where it names none."""
    window = model.document.data.get(_REPORTED_ON)
    return str(window.get("sha256", "")) if isinstance(window, dict) else ""


def require_unseen(dataset: Dataset, model: ModelArtifact) -> str:
    """A note where it is not known whether the model was trained on these payments; else empty.

    Raises:
        DatasetSeen: the model was fitted or chosen on payments of the dataset, by fingerprint or by time.
        ArtifactCorrupt: the model's document describes its data in a way that cannot be read.
    """
    learned = {name: each for name, each in model.document.data.items() if name != _REPORTED_ON}
    for name, described in learned.items():
        window = _window(described, f"{model.folder}: data.{name}")
        own = dataset.document
        if window.sha256 == own.fingerprint or (window.first <= own.last and own.first <= window.last):
            raise DatasetSeen(
                f"Model {model.version} ({model.digest[:12]}) learned from payments of {window.first} to "
                f"{window.last} ({name}), and {dataset.name} is of {own.first} to {own.last}. "
                "Judge it by later payments."
            )
    if learned:
        return ""
    return (
        f"model {model.version} ({model.digest[:12]}) does not say what it was trained on, "
        "so it may have seen the payments it was judged by"
    )


def _window(described: Any, place: str) -> _WindowOfModel:  # noqa: ANN401 - as it stands in the document
    try:
        return _WindowOfModel.model_validate(described)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join([place, *map(str, first["loc"])])
        raise ArtifactCorrupt(f"{field}: {problem(first)}. Publish the model again.") from None
