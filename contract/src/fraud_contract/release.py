"""A release: all that decides how a payment is answered, and how the pods that answer are made.

Three names are kept apart:

* the **fingerprint**, a SHA-256 of the release's content. Equal content has one fingerprint, however it is
  tagged; any change of content gives another.
* the **name**, which people and routes use: what the installation calls the release (`FRAUD_RELEASE`), else
  `fraud-` and the first digits of the fingerprint.
* the chart's **identity** (annotation `fraud-detector.io/identity`), a hash of a release's Helm values, by
  which an upgrade recognises that they were edited. It knows no digests.
"""

import hashlib
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact
from fraud_contract.artifacts.manifest import Sha256
from fraud_contract.documents import Document, canonical_json

_DIGITS: Final = 8
"""Hex digits in a name: with a thousand releases two share a name once in ten thousand projects."""

ReleaseName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""A DNS label (RFC 1123), since Kubernetes objects are named by it."""


class ArtifactPin(BaseModel):
    """One artifact of a release, pinned by content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: Sha256
    """Of the artifact's manifest."""
    version: str
    """`vN` in the registry; `unregistered` for a folder that was never published."""
    uri: str | None = None
    """`wandb://entity/project/name:vN`; None where only the folder is known."""
    registry_digest: str | None = None
    """W&B's own digest of that version; None where only the folder is known."""


class Release(Document):
    """One model, the preprocessor it was trained with, and all that runs them.

    Not part of the fingerprint: version, URI and registry digest, which say where equal content lies.
    """

    model: ArtifactPin
    preprocessor: ArtifactPin
    settings: dict[str, str] = Field(default_factory=dict)
    """Settings that change an answer, by variable name, but for defaults: `FRAUD_POLICY`, …"""
    images: dict[str, str] = Field(default_factory=dict)
    """Image of each component, by digest; empty where processes run without images."""
    template: Sha256 | None = None
    """Digest of the pod template; None where no pods run."""

    @classmethod
    def of(
        cls, model: ModelArtifact, preprocessor: PreprocessorArtifact, settings: dict[str, str] | None = None
    ) -> Self:
        """The release in two artifact folders, as the process that loaded them knows it."""
        return cls(
            model=ArtifactPin(digest=model.digest, version=model.version),
            preprocessor=ArtifactPin(digest=preprocessor.digest, version=preprocessor.version),
            settings=settings or {},
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content, 64 hex digits."""
        content = {
            "model": self.model.digest,
            "preprocessor": self.preprocessor.digest,
            "settings": self.settings,
            "images": self.images,
            "template": self.template,
        }
        return hashlib.sha256(canonical_json(content)).hexdigest()

    @property
    def name(self) -> str:
        """`fraud-<8 hex digits of the fingerprint>`: the name where the installation gives none."""
        return f"fraud-{self.fingerprint[:_DIGITS]}"

    def without_deployment(self) -> Self:
        """The release without images and template, which a pod does not know of itself.

        Its fingerprint is the one that `/health` and the metric `fraud_release_info` report.
        """
        return self.model_copy(update={"images": {}, "template": None})
