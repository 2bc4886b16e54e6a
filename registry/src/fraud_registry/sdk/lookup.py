"""Finding artifacts, and saying what there is when one is not found."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import wandb
from wandb.errors import CommError

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import NotInRegistry, PairMismatch
from fraud_registry.access.account import Account
from fraud_registry.records.metadata import (
    MANIFEST_DIGEST,
    TYPES,
    PreprocessorVersion,
    require_published,
    unusable,
)
from fraud_registry.references import PRODUCTION, Pin, Reference, ReleasePins

LATEST: Final = "latest"
"""W&B's own alias of the newest version."""
_TIMEOUT: Final = 20
"""Seconds for each request of the SDK to the registry."""
_LISTED: Final = 10


def connect(account: Account) -> wandb.Api:
    """The SDK's public API for the account."""
    return wandb.Api(
        overrides={"base_url": account.base_url, "entity": account.entity, "project": account.project},
        timeout=_TIMEOUT,
        api_key=account.api_key.get_secret_value(),
    )


def artifact(account: Account, reference: Reference) -> Pin:
    """The version that the reference means now. Raises `NotInRegistry`."""
    return pin_of(find(connect(account), account, reference))


def release(account: Account, version: str) -> ReleasePins:
    """The model at an alias or version with the preprocessor that its metadata names.

    Raises:
        NotInRegistry: there is no such model.
        UnusableInRegistry: there is one, but it was not published by this software, or its preprocessor is
            gone; or nothing is in production, but artifacts of these names are there that are no release.
        PairMismatch: the preprocessor is another than the model was trained with.
    """
    return release_pins(connect(account), account, version)


def release_pins(api: wandb.Api, account: Account, version: str) -> ReleasePins:
    """The same of an `api` that is there already."""
    try:
        found = find(api, account, Reference(PRODUCTION_MODEL, version))
    except NotInRegistry:
        if version == PRODUCTION:
            _require_no_strangers(api, account)
        raise
    model = pin_of(require_understood(found))
    return ReleasePins(model=model, preprocessor=preprocessor_of(api, account, model))


def _require_no_strangers(api: wandb.Api, account: Account) -> None:
    """Whoever finds nothing in production may train and publish, which moves `latest`."""
    for name in (PRODUCTION_MODEL, PREPROCESSOR):
        found = find_or_none(api, account, Reference(name, LATEST))
        if found is not None:
            require_understood(found)


def require_understood(artifact: wandb.Artifact) -> wandb.Artifact:
    """The artifact. Raises `UnusableInRegistry` unless this software published it."""
    pin = pin_of(artifact)
    files = [] if MANIFEST_DIGEST in pin.metadata else _holding(artifact)
    require_published(pin, artifact.type, files)
    return artifact


def _holding(artifact: wandb.Artifact) -> list[str]:
    """What is in it, as far as the registry says."""
    try:
        return [file.name for file in islice(artifact.files(), _LISTED)]
    except (CommError, ValueError):
        return []


def preprocessor_of(api: wandb.Api, account: Account, model: Pin) -> Pin:
    """The preprocessor that the model's metadata names. Raises as `release` does."""
    named = PreprocessorVersion.of(model)
    reference = Reference(PREPROCESSOR, named.version, model.entity, model.project)
    found = find_or_none(api, account, reference)
    if found is None:
        raise unusable(model.uri, f"{reference}, which it was trained with, is not there any more")
    pin = pin_of(found)
    if pin.metadata.get(MANIFEST_DIGEST) != named.digest:
        raise PairMismatch(
            f"{model.uri} was trained with preprocessor {named.digest[:12]}, but {pin.uri} is another. "
            "Publish the pair again."
        )
    return pin


def find_or_none(api: wandb.Api, account: Account, reference: Reference) -> wandb.Artifact | None:
    """The artifact of the reference; None where there is none."""
    try:
        return find(api, account, reference)
    except NotInRegistry:
        return None


def find(api: wandb.Api, account: Account, reference: Reference) -> wandb.Artifact:
    """The artifact of the reference. Raises `NotInRegistry`, naming what there is."""
    place = f"{reference.entity or account.entity}/{reference.project or account.project}"
    try:
        found: wandb.Artifact = api.artifact(f"{place}/{reference.name}:{reference.version}")
    except (CommError, ValueError) as error:
        if "not found" not in str(error):
            raise
        raise NotInRegistry(
            f"No {reference.name}:{reference.version} in {place} at {account.host}. "
            f"{_what_there_is(api, place, reference.name)}"
        ) from None
    return found


def pin_of(artifact: wandb.Artifact) -> Pin:
    """The artifact's version, pinned."""
    return Pin(
        entity=artifact.entity,
        project=artifact.project,
        name=artifact.name.rpartition(":")[0],
        version=artifact.version,
        registry_digest=artifact.digest,
        metadata=dict(artifact.metadata),
    )


def qualified(pin: Pin) -> str:
    """The version as the SDK names it: `entity/project/name:vN`."""
    return f"{pin.entity}/{pin.project}/{pin.name}:{pin.version}"


def _what_there_is(api: wandb.Api, place: str, name: str) -> str:
    versions = list(islice(_versions(api, f"{place}/{name}", TYPES.get(name)), _LISTED))
    if not versions:
        return (
            "Nothing of that name is there: publish a training run (fraudctl train, fraudctl publish), "
            "or check WANDB_ENTITY and WANDB_PROJECT."
        )
    return f"There is {', '.join(versions)}."


def _versions(api: wandb.Api, path: str, kind: str | None) -> Iterable[str]:
    """Versions, newest first, each with its aliases."""
    if kind is None:
        return
    try:
        for each in api.artifacts(kind, path):
            aliases = ", ".join(each.aliases)
            yield f"{each.version} ({aliases})" if aliases else each.version
    except (CommError, ValueError, TypeError):
        return  # no such collection
