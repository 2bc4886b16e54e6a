"""What the registry shows of the artifacts without a download."""

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from fraud_contract.artifacts import ModelArtifact, PreprocessorArtifact
from fraud_contract.errors import NotInRegistry
from fraud_contract.manifest import Sha256
from fraud_registry.references import Pin, Version

MANIFEST_DIGEST: Final = "manifest_digest"
FEATURE_SPEC_HASH: Final = "feature_spec_hash"
PREPROCESSOR: Final = "preprocessor"
QUICK: Final = "quick"
METRICS: Final = "metrics"


class PreprocessorVersion(BaseModel):
    """The preprocessor that a model was trained with, as the model's metadata names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    digest: Sha256

    @classmethod
    def of(cls, model: Pin) -> Self:
        """What `model` names. Raises `NotInRegistry` if it names none."""
        try:
            return cls.model_validate(model.metadata.get(PREPROCESSOR))
        except ValidationError:
            raise NotInRegistry(
                f"{model.uri} does not name its preprocessor, so it was not published by this software. "
                "Publish the pair with fraudctl publish."
            ) from None


def of_preprocessor(artifact: PreprocessorArtifact) -> dict[str, Any]:
    """Metadata of the preprocessor."""
    return {MANIFEST_DIGEST: artifact.digest, FEATURE_SPEC_HASH: artifact.spec.hash}


def of_model(artifact: ModelArtifact) -> dict[str, Any]:
    """Metadata of the model, all but the preprocessor's version, which its upload decides."""
    document = artifact.document
    return {
        MANIFEST_DIGEST: artifact.digest,
        FEATURE_SPEC_HASH: document.preprocessor.feature_spec_hash,
        QUICK: document.quick,
        METRICS: _figures(document.metrics),
    }


def _figures(metrics: dict[str, Any]) -> dict[str, float]:
    """The single figures among the metrics; those per category stay in the artifact."""
    return {name: value for name, value in metrics.items() if isinstance(value, int | float)}
