"""The two artifacts of a release, verified and read: `preprocessor` and `production_model`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fraud_contract.artifacts.manifest import ORIGIN, Sha256, verify
from fraud_contract.artifacts.signatures import TrustedKeys, require_signed
from fraud_contract.calibration import Calibration
from fraud_contract.documents import Document, Many
from fraud_contract.errors import ArtifactMissing, PairMismatch
from fraud_contract.features import MAX_BINS, Count, FeatureSpec, FeatureValue, require_bins
from fraud_contract.policy import MAX_MONEY, Policy
from fraud_contract.transaction import Amount, Category, DayOfWeek, Hour

PREPROCESSOR: Final = "preprocessor"
PRODUCTION_MODEL: Final = "production_model"
"""Names of the two W&B artifacts, as the original service's users know them."""

PREPROCESSOR_OBJECT: Final = "preprocessor.skops"
FEATURE_SPEC: Final = "feature_spec.json"
BOOSTER: Final = "model.ubj"
MODEL_DOCUMENT: Final = "model.json"
MODEL_CARD: Final = "MODEL_CARD.md"
GOLDEN: Final = "golden.json"
UNREGISTERED: Final = "unregistered"
"""Version of an artifact that was never published."""
CONVERTED_FROM: Final = "converted_from"
"""Among a model's parameters: SHA-256 of the pickles that it was made of."""


class Origin(Document):
    """Where an artifact folder was fetched from."""

    name: Annotated[str, Field(max_length=128)]
    version: Annotated[str, Field(pattern=r"^v\d{1,9}$")]
    """`vN` in the registry; answers and metrics carry it."""
    digest: Sha256
    registry_digest: Annotated[str, Field(max_length=128)]
    """The registry's own digest, as pinned."""


class PreprocessorPin(BaseModel):
    """The preprocessor a model was trained with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: Sha256
    feature_spec_hash: Sha256


class OutcomeReference(BaseModel):
    """What the release decided on its evaluation window, to measure drift of scores and decisions against."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    score_bounds: Annotated[Many[float], Field(max_length=MAX_BINS - 1)]
    """Ascending; bin i holds scores in (bound i-1, bound i]."""
    scores: Many[Count]
    """Payments by bin; one bin more than bounds."""
    decisions: tuple[Count, Count, Count]
    """Payments approved, reviewed, blocked."""
    expected_cost: Annotated[float, Field(ge=0, le=MAX_MONEY)]
    """Of all of them, by the scores alone, in the currency of amounts."""

    @model_validator(mode="after")
    def _of_payments(self) -> Self:
        require_bins(self.score_bounds, self.scores)
        if not sum(self.decisions):
            raise ValueError("the decisions are of no payment")
        return self


class ModelDocument(Document):
    """All that is to be known of a model besides its trees."""

    preprocessor: PreprocessorPin
    calibration: Calibration
    policy: Policy
    quick: bool
    """Trained with fewer trees for a demo; its figures are lower."""
    parameters: dict[str, Any]
    """XGBoost's training parameters."""
    metrics: dict[str, Any]
    """Evaluation on later data: overall, per category, in money."""
    data: dict[str, Any]
    """Which rows it was fitted on, chosen on and evaluated on, with a fingerprint."""
    libraries: dict[str, str]
    reference: OutcomeReference | None = None
    """None in artifacts that were published before it was kept, or made of pickles."""

    @property
    def trained(self) -> Literal["quickly", "fully", "elsewhere"]:
        """How; `elsewhere` where it was converted from pickles, and nothing is known of its training."""
        if CONVERTED_FROM in self.parameters:
            return "elsewhere"
        return "quickly" if self.quick else "fully"


class GoldenRows(Document):
    """Transactions in columns with the exact features they give and, for a model, margin and score.

    A pod reproduces them before it says that it is ready.
    """

    amt: Many[Amount]
    hour: Many[Hour]
    day_of_week: Many[DayOfWeek]
    category: Many[Category]
    features: Many[Many[FeatureValue]]
    """float32 values; exact, since float64 holds each of them."""
    score: Many[Annotated[float, Field(ge=0, le=1)]] = ()
    decision: Many[Annotated[int, Field(ge=0, le=2)]] = ()

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        lengths = {
            len(self.amt),
            len(self.hour),
            len(self.day_of_week),
            len(self.category),
            len(self.features),
        }
        scored = {len(self.score), len(self.decision)}
        if len(lengths) != 1 or 0 in lengths or scored not in ({0}, lengths):
            raise ValueError("columns differ in length, or are empty")
        if len({len(row) for row in self.features}) != 1:
            raise ValueError("rows of features differ in length")
        return self

    def __len__(self) -> int:
        return len(self.amt)


@dataclass(frozen=True)
class PreprocessorArtifact:
    """A verified `preprocessor`."""

    folder: Path
    digest: str
    version: str
    spec: FeatureSpec
    golden: GoldenRows

    @classmethod
    def load(cls, folder: Path, trusted: TrustedKeys | None = None) -> Self:
        """Verify and read the artifact in `folder`, which one of the keys must have signed, if any are given.

        Raises the errors of `manifest.verify` and `require_signed`.
        """
        digest = verify(folder, "preprocessor")
        require_signed(folder, trusted)
        return cls(
            folder=folder,
            digest=digest,
            version=version_of(folder),
            spec=FeatureSpec.read(folder / FEATURE_SPEC),
            golden=GoldenRows.read(folder / GOLDEN),
        )


@dataclass(frozen=True)
class ModelArtifact:
    """A verified `production_model`."""

    folder: Path
    digest: str
    version: str
    document: ModelDocument
    golden: GoldenRows

    @classmethod
    def load(cls, folder: Path, trusted: TrustedKeys | None = None) -> Self:
        """Verify and read the artifact in `folder`, which one of the keys must have signed, if any are given.

        Raises the errors of `manifest.verify` and `require_signed`.
        """
        digest = verify(folder, "model")
        require_signed(folder, trusted)
        if not (folder / BOOSTER).is_file():
            raise ArtifactMissing(f"Pipeline file not found: {folder / BOOSTER}. Publish the model again.")
        return cls(
            folder=folder,
            digest=digest,
            version=version_of(folder),
            document=ModelDocument.read(folder / MODEL_DOCUMENT),
            golden=GoldenRows.read(folder / GOLDEN),
        )


def version_of(folder: Path) -> str:
    """The registry's version of an artifact folder; `unregistered` for one that was never published."""
    origin = folder / ORIGIN
    return Origin.read(origin).version if origin.exists() else UNREGISTERED


def require_pair(model: ModelArtifact, preprocessor: PreprocessorArtifact) -> None:
    """Raise `PairMismatch` unless the model was trained with exactly this preprocessor."""
    pin = model.document.preprocessor
    if (pin.digest, pin.feature_spec_hash) != (preprocessor.digest, preprocessor.spec.hash):
        raise PairMismatch(
            f"Model {model.version} was trained with preprocessor {pin.digest[:12]}, "
            f"but {preprocessor.folder} holds {preprocessor.digest[:12]} ({preprocessor.version}). "
            "Serve the pair that was published together."
        )
