"""A release as a rollout names it."""

from typing import Annotated

from pydantic import Field

from fraud_rollout.judge.verdict import Frozen

Digest = Annotated[str, Field(min_length=8, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=128)]


class Artifact(Frozen):
    """One artifact, pinned."""

    version: Name
    """`vN` in the registry, or `unregistered`."""
    digest: Digest


class Release(Frozen):
    """Model and preprocessor, pinned, together with what else makes a release."""

    name: Name
    """`fraud-<hash>`, as in every answer."""
    digest: Digest
    """Of all that decides its answers; what a rejection is remembered by."""
    model: Artifact
    preprocessor: Artifact
