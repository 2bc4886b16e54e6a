"""The release a transformer serves: both artifacts, verified and ready to use."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

import msgspec
import numpy as np

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_contract.documents import canonical_json
from fraud_contract.errors import ArtifactCorrupt
from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import CostPolicy, ThresholdPolicy
from fraud_contract.release import Release
from fraud_contract.settings import variable
from fraud_transformer.settings import TransformerSettings

RELEASE_HEADER: Final = "x-fraud-release"
"""HTTP header, or gRPC metadata, that names the release which answered."""
_DECIDING: Final = frozenset({"policy", "unknown_category", "fallback"})
"""Settings by which the same payment gets another answer; all others say where, how fast and how much."""


type Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ServedArtifact(msgspec.Struct):
    """An artifact that is served."""

    version: str
    digest: Digest


class Health(msgspec.Struct):
    """Whether the service is ready, and what it serves."""

    status: Literal["ok", "not ready"]
    release: Annotated[
        str, msgspec.Meta(description="What the installation calls it, else a short form of its fingerprint")
    ]
    fingerprint: Annotated[
        Digest,
        msgspec.Meta(description="SHA-256 of its content: artifacts and the settings that change an answer"),
    ]
    model: ServedArtifact
    preprocessor: ServedArtifact


@dataclass(frozen=True)
class ServedRelease:
    """One model and the preprocessor it was trained with."""

    name: str
    """What the installation calls it, else its own short name."""
    fingerprint: str
    """SHA-256 of what is served: artifacts and deciding settings."""
    preprocessor: PreprocessorArtifact
    model: ModelArtifact
    features: CompiledFeatures
    policy: ThresholdPolicy | CostPolicy

    @classmethod
    def load(cls, settings: TransformerSettings) -> Self:
        """The release in the settings' folders.

        Raises:
            ArtifactError: an artifact is missing, corrupt, of another pair, or gives other features here
                than it gave where it was published.
        """
        preprocessor = PreprocessorArtifact.load(settings.preprocessor_dir, settings.trusted_keys)
        model = ModelArtifact.load(settings.model_dir, settings.trusted_keys)
        require_pair(model, preprocessor)
        loaded = Release.of(model, preprocessor, deciding(settings))
        release = cls(
            name=settings.release or loaded.name,
            fingerprint=loaded.fingerprint,
            preprocessor=preprocessor,
            model=model,
            features=CompiledFeatures(preprocessor.spec),
            policy=settings.policy or model.document.policy,
        )
        release._reproduce_golden_features()
        return release

    def _reproduce_golden_features(self) -> None:
        for artifact in (self.preprocessor, self.model):
            golden = artifact.golden
            columns = (golden.amt, golden.hour, golden.day_of_week, golden.category)
            many = self.features.rows(*columns)
            single = b"".join(map(self.features.row, *columns))
            expected = np.asarray(golden.features, np.float32)
            if expected.shape != many.shape or not expected.tobytes() == many.tobytes() == single:
                raise ArtifactCorrupt(
                    f"{artifact.folder}: the golden rows give other features on this machine than where they "
                    "were published. Publish the pair again on a machine like this one."
                )

    def health(self, *, ready: bool) -> Health:
        """The answer of `GET /health`."""
        return Health(
            "ok" if ready else "not ready",
            self.name,
            self.fingerprint,
            ServedArtifact(self.model.version, self.model.digest),
            ServedArtifact(self.preprocessor.version, self.preprocessor.digest),
        )


def deciding(settings: TransformerSettings) -> dict[str, str]:
    """The deciding settings that are not at their default, by variable name, each in one form."""
    given = settings.model_dump(mode="json", include=set(_DECIDING), exclude_defaults=True)
    return {variable(name): canonical_json(value).decode() for name, value in given.items()}
