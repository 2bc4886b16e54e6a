"""Which releases are watched, and where they are."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fraud_contract.documents import Document
from fraud_contract.release import ReleaseName

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+$")]
"""Scheme, host and port. A host name stands for all the addresses behind it, each of which is a process."""


class Target(BaseModel):
    """One release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release: ReleaseName
    admin: Address
    """Metrics of its transformers, and their recent decisions."""
    predictor: Address | None = None
    """Metrics of its predictors; None where they are in the same process."""
    api: Address
    """Its own HTTP port, asked for explanations."""
    model: str
    preprocessor: str
    """Artifacts: a folder, or `wandb://ENTITY/PROJECT/NAME:vN`, which is fetched."""


class Targets(Document):
    """All releases of an installation."""

    releases: Annotated[tuple[Target, ...], Field(max_length=100)] = ()
