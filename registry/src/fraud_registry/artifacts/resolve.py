"""From an alias to a pin: which version is it, now?"""

from typing import Final

from fraud_contract.artifacts.loading import PRODUCTION_MODEL
from fraud_contract.errors import ArtifactCorrupt, InvalidReference
from fraud_registry.messages import ResolveArtifact, ResolveRelease
from fraud_registry.records.metadata import digest_of
from fraud_registry.references import Pin, Reference, ReleasePins, parse
from fraud_registry.worker.connection import Access, ask

DEADLINE: Final = 60.0
"""Seconds: the SDK starts in one or two, on a busy machine in many more; a hosted registry answers in one."""


def resolve(access: Access, name: str, alias_or_version: str) -> Pin:
    """The version of the artifact `name` that the alias means now.

    Raises:
        InvalidReference: that is no artifact.
        NotInRegistry: there is none; the message says what there is.
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: no answer within `DEADLINE` seconds.
    """
    return resolve_reference(access, f"{name}:{alias_or_version}")


def resolve_reference(access: Access, text: str) -> Pin:
    """The version meant by `wandb://entity/project/name:vN` or `name:alias`. Raises as `resolve` does."""
    return ask(access, ResolveArtifact(reference=parse(text)), Pin, DEADLINE)


def resolve_release(access: Access, release: str) -> ReleasePins:
    """The model at `release` and the preprocessor it was trained with.

    `release` is an alias or version, `production_model:` with one, or the model's URI.

    Raises:
        InvalidReference: it is none of them, or of another project.
        ArtifactCorrupt: it names a digest, and the model there has another.
        NotInRegistry: there is no such model.
        UnusableInRegistry: there is one, but it was not published by this software, or its preprocessor is
            gone; or nothing is in production, but artifacts of these names are there that are no release.
        PairMismatch: the preprocessor in the registry is another.
        RegistryError: as `resolve` does.
    """
    reference = release_reference(release)
    pins = ask(access, ResolveRelease(version=reference.version), ReleasePins, DEADLINE)
    require_meant(reference, pins)
    return pins


def release_reference(text: str) -> Reference:
    """The model that `text` names: an alias or version alone, with the model's name before it, or a URI.

    Raises:
        InvalidReference: it is none of them.
    """
    reference = parse(text if ":" in text else f"{PRODUCTION_MODEL}:{text}")
    if reference.name != PRODUCTION_MODEL:
        raise InvalidReference(
            f"{text!r} is no release. Name the {PRODUCTION_MODEL}; its preprocessor is found by itself."
        )
    return reference


def require_meant(reference: Reference, pins: ReleasePins) -> None:
    """Refuse what a reference of one project, or to one content, would otherwise find in this one.

    Raises:
        InvalidReference: the reference is of another project than the account's.
        ArtifactCorrupt: it names a digest, and the model has another.
    """
    model = pins.model
    if reference.entity is not None and (reference.entity, reference.project) != (
        model.entity,
        model.project,
    ):
        raise InvalidReference(
            f"{reference} is of another project than {model.entity}/{model.project}, which is configured. "
            "Set WANDB_ENTITY and WANDB_PROJECT to it."
        )
    if reference.digest not in {None, digest_of(model)}:
        raise ArtifactCorrupt(f"{reference} was asked for, and {model.uri} holds sha256:{digest_of(model)}.")
