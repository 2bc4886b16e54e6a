"""What the registry shows of the artifacts without a download."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from fraud_contract.artifacts.dataset import EVALUATION_DATA
from fraud_contract.artifacts.loading import PRODUCTION_MODEL, ModelArtifact, PreprocessorArtifact
from fraud_contract.artifacts.manifest import Sha256
from fraud_contract.errors import UnusableInRegistry
from fraud_contract.release import ArtifactPin, Release
from fraud_registry.references import Pin, Reference, ReleasePins, Version

MANIFEST_DIGEST: Final = "manifest_digest"
FEATURE_SPEC_HASH: Final = "feature_spec_hash"
PREPROCESSOR: Final = "preprocessor"
QUICK: Final = "quick"
TRAINED: Final = "trained"
"""`quickly`, `fully`, or `elsewhere`: converted from pickles."""
_WAYS: Final = ("quickly", "fully", "elsewhere")
NOT_KNOWN: Final = "not_known"
"""In words, what the other keys lack."""
_OF_PICKLES: Final = (
    "figures, calibration, training data, and how inputs and scores were distributed: it was converted from "
    "pickles, which hold none of them"
)
FAILED_GATES: Final = "failed_gates"
"""What a model accepted below its quality gates fell short of; a key of the document's metrics, too."""
METRICS: Final = "metrics"
"""Figures on the evaluation window: `average_precision`, `roc_auc`, `brier_skill`, …"""
POLICY: Final = "policy"
"""How the model's scores become decisions, as its document has it."""
SIGNED_BY: Final = "signed_by"
"""Short name of the key that signed it."""
WINDOW: Final = "evaluation_window"
"""Rows, frauds, first and last time, and fingerprint of the payments that the figures are of."""
LIBRARIES: Final = "libraries"
_NAMED: Final = 10
"""Files of an artifact that an error names."""
_EVALUATION: Final = "evaluation"
"""The key of figures and of their window in the model's document."""


TYPES: Final[Mapping[str, str]] = {
    PREPROCESSOR: "preprocessor",
    PRODUCTION_MODEL: "model",
    EVALUATION_DATA: "dataset",
}
"""W&B's type of each artifact, by its name."""


class PreprocessorVersion(BaseModel):
    """The preprocessor that a model was trained with, as the model's metadata names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    digest: Sha256

    @classmethod
    def of(cls, model: Pin) -> Self:
        """What `model` names. Raises `UnusableInRegistry` if it names none."""
        try:
            return cls.model_validate(model.metadata.get(PREPROCESSOR))
        except ValidationError:
            raise unusable(
                model.uri, "its metadata do not name the preprocessor it was trained with"
            ) from None


def unusable(uri: str, why: str) -> UnusableInRegistry:
    """The error for an artifact that is there and cannot be used."""
    return UnusableInRegistry(
        f"{uri} cannot be used: {why}. Nothing was changed. Publish model and preprocessor together "
        "(fraudctl train, fraudctl publish; pickles that you have: fraudctl publish --model FILE "
        "--preprocessor FILE --trust-pickle), then promote that release with --replace-unusable."
    )


def not_ours(uri: str, files: Sequence[str]) -> UnusableInRegistry:
    """The error for an artifact that other software made; `files` are what is in it, if known."""
    named = ", ".join(files[:_NAMED])
    return unusable(uri, f"it was not published by fraudctl{f'; it holds {named}' if named else ''}")


def require_type(pin: Pin, kind: str) -> None:
    """Raise `UnusableInRegistry` unless `kind` is the W&B type that the artifact's name means here."""
    if kind != TYPES[pin.name]:
        raise unusable(
            pin.uri,
            f"its W&B type is {kind!r}, and {TYPES[pin.name]!r} is needed. "
            "Rename or delete it in W&B, or set another WANDB_PROJECT",
        )


def require_published(pin: Pin, kind: str, files: Sequence[str] = ()) -> None:
    """Raise `UnusableInRegistry` unless this software published it; `files` are what is in it, if known."""
    require_type(pin, kind)
    if MANIFEST_DIGEST not in pin.metadata:
        raise not_ours(pin.uri, files)
    foreign = [key for key in (METRICS, POLICY) if not isinstance(pin.metadata.get(key) or {}, dict)]
    if foreign or not digest_of(pin):
        raise unusable(pin.uri, f"its metadata have another {' and '.join(foreign or [MANIFEST_DIGEST])}")


def digest_of(pin: Pin) -> str:
    """The digest of its manifest by its metadata, which anybody may write; empty where they have none."""
    digest = pin.metadata.get(MANIFEST_DIGEST)
    return digest if isinstance(digest, str) else ""


def section_of(pin: Pin, key: str) -> Mapping[str, Any]:
    """The object that its metadata have there; empty where they have none."""
    section = pin.metadata.get(key)
    return section if isinstance(section, dict) else {}


def with_digest(pin: Pin) -> Reference:
    """The pinned version and the only content it may have, as its metadata names it: what pods are given."""
    return replace(pin.reference, digest=digest_of(pin) or None)


def of_preprocessor(artifact: PreprocessorArtifact, model: ModelArtifact) -> dict[str, Any]:
    """Metadata of the preprocessor, with the figures of the model that was trained with it."""
    return {MANIFEST_DIGEST: artifact.digest, FEATURE_SPEC_HASH: artifact.spec.hash, **_compared(model)}


def of_model(artifact: ModelArtifact) -> dict[str, Any]:
    """Metadata of the model, all but the preprocessor's version, which its upload decides."""
    document = artifact.document
    return {
        MANIFEST_DIGEST: artifact.digest,
        FEATURE_SPEC_HASH: document.preprocessor.feature_spec_hash,
        POLICY: document.policy.model_dump(mode="json"),
        **_compared(artifact),
    }


def _compared(artifact: ModelArtifact) -> dict[str, Any]:
    """What people compare releases by: figures and window of the evaluation, quick or full, libraries."""
    document = artifact.document
    lacking = {NOT_KNOWN: _OF_PICKLES} if document.trained == "elsewhere" else {}
    return {
        **lacking,
        TRAINED: document.trained,
        QUICK: document.quick,
        FAILED_GATES: document.metrics.get(FAILED_GATES, []),
        METRICS: _figures(document.metrics.get(_EVALUATION)),
        WINDOW: document.data.get(_EVALUATION),
        LIBRARIES: document.libraries,
    }


def trained_of(metadata: Mapping[str, Any]) -> str:
    """How a model was trained, also one that was published before that was written down."""
    stated = metadata.get(TRAINED)
    if isinstance(stated, str) and stated in _WAYS:
        return stated
    return "quickly" if metadata.get(QUICK) else "fully"


def release_of(pins: ReleasePins, settings: dict[str, str] | None = None) -> Release:
    """The release that the pins are, with the settings it is to be served with.

    Raises:
        UnusableInRegistry: an artifact's metadata do not hold its digest.
    """
    model, preprocessor = map(_artifact_pin, (pins.model, pins.preprocessor))
    return Release(model=model, preprocessor=preprocessor, settings=settings or {})


def _artifact_pin(pin: Pin) -> ArtifactPin:
    digest = pin.metadata.get(MANIFEST_DIGEST)
    try:
        return ArtifactPin.model_validate(
            {
                "digest": digest,
                "version": pin.version,
                "uri": pin.uri,
                "registry_digest": pin.registry_digest,
            }
        )
    except ValidationError:
        raise unusable(pin.uri, "its metadata do not hold the digest of its manifest") from None


def _figures(evaluation: object) -> dict[str, float]:
    """The single figures of the evaluation; those per category stay in the artifact."""
    values = evaluation if isinstance(evaluation, dict) else {}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}
