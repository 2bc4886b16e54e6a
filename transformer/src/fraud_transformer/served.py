"""The release a transformer serves: both artifacts, verified and ready to use."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fraud_contract.artifacts import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_contract.errors import ArtifactCorrupt
from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import CostPolicy, ThresholdPolicy
from fraud_contract.release import release_name
from fraud_transformer.settings import TransformerSettings


@dataclass(frozen=True)
class ServedRelease:
    """One model and the preprocessor it was trained with."""

    name: str
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
        preprocessor = PreprocessorArtifact.load(settings.preprocessor_dir)
        model = ModelArtifact.load(settings.model_dir)
        require_pair(model, preprocessor)
        release = cls(
            name=settings.release or _name(model, preprocessor, settings.policy),
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

    def describe(self) -> dict[str, Any]:
        """What `GET /health` tells of it."""
        return {
            "release": self.name,
            "model": {"version": self.model.version, "digest": self.model.digest},
            "preprocessor": {"version": self.preprocessor.version, "digest": self.preprocessor.digest},
        }


def _name(
    model: ModelArtifact, preprocessor: PreprocessorArtifact, policy: ThresholdPolicy | CostPolicy | None
) -> str:
    settings = {"policy": policy.model_dump_json()} if policy else {}
    return release_name(model=model.digest, preprocessor=preprocessor.digest, **settings)
