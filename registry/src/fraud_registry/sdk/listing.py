"""All releases of a project in two requests."""

from itertools import islice
from typing import Final

import wandb
from wandb.errors import CommError

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.artifacts.metadata import MANIFEST_DIGEST, PreprocessorVersion, unusable
from fraud_registry.references import ListedRelease, Pin, Reference, Releases
from fraud_registry.sdk.lookup import LATEST, TYPES, connect, find_or_none, pin_of, require_understood

_PAGE: Final = 100
"""Versions in one request."""


def releases(account: Account, limit: int) -> Releases:
    """The newest versions of the model, usable or not; none where there is no such artifact."""
    api = connect(account)
    models = list(islice(_versions(api, account, PRODUCTION_MODEL), limit))
    if not models:  # of another type, perhaps
        latest = find_or_none(api, account, Reference(PRODUCTION_MODEL, LATEST))
        models = [] if latest is None else [latest]
    preprocessors = {each.version: each for each in _versions(api, account, PREPROCESSOR)} if models else {}
    digests = {version: each.metadata.get(MANIFEST_DIGEST) for version, each in preprocessors.items()}
    return Releases(releases=tuple(_listed(model, digests) for model in models))


def _versions(api: wandb.Api, account: Account, name: str) -> list[wandb.Artifact]:
    try:
        return list(api.artifacts(TYPES[name], f"{account.entity}/{account.project}/{name}", per_page=_PAGE))
    except (CommError, ValueError, TypeError):
        return []  # no such collection


def _listed(artifact: wandb.Artifact, digests: dict[str, object]) -> ListedRelease:
    model = pin_of(artifact)
    preprocessor, problem = "", ""
    try:
        require_understood(artifact)
        named = PreprocessorVersion.of(model)
        preprocessor = named.version
        _require_partner(model, named, digests)
    except UnusableInRegistry as error:
        problem = error.message
    return ListedRelease(
        model=model,
        aliases=tuple(artifact.aliases),
        created_at=artifact.created_at,
        preprocessor=preprocessor,
        problem=problem,
    )


def _require_partner(model: Pin, named: PreprocessorVersion, digests: dict[str, object]) -> None:
    if named.version not in digests:
        raise unusable(model.uri, f"{PREPROCESSOR}:{named.version}, which it needs, is not there any more")
    if digests[named.version] != named.digest:
        raise unusable(model.uri, f"{PREPROCESSOR}:{named.version} is another than it was trained with")
