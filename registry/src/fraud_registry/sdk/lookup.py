"""Finding artifacts, and saying what there is when one is not found."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

import wandb
from wandb.errors import CommError

from fraud_contract.artifacts import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.dataset import EVALUATION_DATA
from fraud_contract.errors import NotInRegistry, PairMismatch
from fraud_registry.account import Account
from fraud_registry.metadata import MANIFEST_DIGEST, PreprocessorVersion
from fraud_registry.references import Pin, Reference, ReleasePins

TYPES: Final[Mapping[str, str]] = {
    PREPROCESSOR: "preprocessor",
    PRODUCTION_MODEL: "model",
    EVALUATION_DATA: "dataset",
}
"""W&B's type of each artifact."""

_TIMEOUT: Final = 5
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
        NotInRegistry: one of both is not there.
        PairMismatch: the preprocessor is another than the model was trained with.
    """
    api = connect(account)
    model = pin_of(find(api, account, Reference(PRODUCTION_MODEL, version)))
    return ReleasePins(model=model, preprocessor=preprocessor_of(api, account, model))


def preprocessor_of(api: wandb.Api, account: Account, model: Pin) -> Pin:
    """The preprocessor that the model's metadata names. Raises as `release` does."""
    named = PreprocessorVersion.of(model)
    found = pin_of(
        find(api, account, Reference(PREPROCESSOR, named.version, model.entity, model.project)),
    )
    if found.metadata.get(MANIFEST_DIGEST) != named.digest:
        raise PairMismatch(
            f"{model.uri} was trained with preprocessor {named.digest[:12]}, but {found.uri} is another. "
            "Publish the pair again."
        )
    return found


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
