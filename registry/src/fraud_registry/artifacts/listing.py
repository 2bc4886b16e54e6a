"""All releases of a project, by two requests and without the SDK."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel, Field, field_validator

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import RegistryUnavailable, UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.access.graphql import query
from fraud_registry.access.probe import with_entity
from fraud_registry.records.metadata import (
    MANIFEST_DIGEST,
    TYPES,
    PreprocessorVersion,
    require_published,
    unusable,
)
from fraud_registry.references import ListedRelease, Pin

_PAGE: Final = 100
"""Versions in one request."""
_MOST_PAGES: Final = 100
"""Requests for the versions of one artifact: who answers decides whether there are more."""
_VERSION: Final = """
fragment Version on Artifact {
  digest createdAt metadata
  artifactType { name }
  aliases { alias artifactCollection { name } }
}
"""
_VERSIONS: Final = (
    """
query ProjectArtifacts(
  $entity: String!, $project: String!, $type: String!, $collection: String!, $cursor: String,
  $perPage: Int, $filters: JSONString
) {
  project(entityName: $entity, name: $project) {
    artifactType(name: $type) {
      artifactCollection(name: $collection) {
        artifacts(after: $cursor, first: $perPage, filters: $filters) {
          pageInfo { endCursor hasNextPage }
          edges { version node { ...Version } }
        }
      }
    }
  }
}
"""
    + _VERSION
)
_NEWEST: Final = (
    """
query ArtifactMembershipByName($entity: String!, $project: String!, $name: String!) {
  project(entityName: $entity, name: $project) {
    artifactCollectionMembership(name: $name) { versionIndex artifact { ...Version } }
  }
}
"""
    + _VERSION
)


class _Named(BaseModel):
    name: str


class _Alias(BaseModel):
    alias: str
    collection: _Named | None = Field(None, alias="artifactCollection")


class _Version(BaseModel):
    digest: str
    created_at: datetime = Field(alias="createdAt")
    metadata: dict[str, Any] = {}
    kind: _Named = Field(alias="artifactType")
    aliases: list[_Alias] = []

    @field_validator("metadata", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        """W&B sends it as a string, or nothing."""
        try:
            return json.loads(value) if isinstance(value, str) and value else value or {}
        except RecursionError:
            raise ValueError("nested too deep") from None


class _Edge(BaseModel):
    version: str
    node: _Version


class _Page(BaseModel):
    cursor: str | None = Field(None, alias="endCursor")
    more: bool = Field(alias="hasNextPage")


class _Versions(BaseModel):
    page: _Page = Field(alias="pageInfo")
    edges: list[_Edge]


class _Collection(BaseModel):
    artifacts: _Versions


class _Type(BaseModel):
    collection: _Collection | None = Field(None, alias="artifactCollection")


class _Membership(BaseModel):
    index: int = Field(alias="versionIndex")
    artifact: _Version


class _Project(BaseModel):
    kind: _Type | None = Field(None, alias="artifactType")
    membership: _Membership | None = Field(None, alias="artifactCollectionMembership")


class _Data(BaseModel):
    project: _Project | None


class _Answer(BaseModel):
    data: _Data


def releases(account: Account, limit: int) -> tuple[ListedRelease, ...]:
    """The newest `limit` versions of the model, usable or not; none where there is no such artifact.

    Raises:
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: the registry cannot be reached, or answers as W&B does not.
    """
    account = with_entity(account)
    models = list(islice(_versions(account, PRODUCTION_MODEL), limit)) or _of_another_type(account)
    preprocessors = dict(_versions(account, PREPROCESSOR)) if models else {}
    digests = {version: each.metadata.get(MANIFEST_DIGEST) for version, each in preprocessors.items()}
    return tuple(_listed(account, version, each, digests) for version, each in models)


def _versions(account: Account, name: str) -> Iterator[tuple[str, _Version]]:
    """All that were uploaded wholly, newest first; raises `RegistryUnavailable` where they do not end."""
    variables: dict[str, Any] = {
        "entity": account.entity,
        "project": account.project,
        "type": TYPES[name],
        "collection": name,
        "perPage": _PAGE,
        "filters": json.dumps({"state": "COMMITTED"}),
    }
    cursor = None
    for _ in range(_MOST_PAGES):
        project = query(account, _VERSIONS, variables | {"cursor": cursor}, _Answer).data.project
        if project is None or project.kind is None or project.kind.collection is None:
            return
        found = project.kind.collection.artifacts
        yield from ((each.version, each.node) for each in found.edges)
        if not found.page.more:
            return
        cursor = found.page.cursor
    raise RegistryUnavailable(
        f"W&B at {account.host} tells of more than {_MOST_PAGES * _PAGE:,} versions of {name}. "
        "Check WANDB_BASE_URL, or delete the oldest of them."
    )


def _of_another_type(account: Account) -> list[tuple[str, _Version]]:
    variables = {
        "entity": account.entity,
        "project": account.project,
        "name": f"{PRODUCTION_MODEL}:latest",
    }
    project = query(account, _NEWEST, variables, _Answer).data.project
    found = project.membership if project else None
    return [(f"v{found.index}", found.artifact)] if found else []


def _listed(
    account: Account, version: str, found: _Version, preprocessors: Mapping[str, object]
) -> ListedRelease:
    model = Pin(
        entity=account.entity or "",
        project=account.project,
        name=PRODUCTION_MODEL,
        version=version,
        registry_digest=found.digest,
        metadata=found.metadata,
    )
    preprocessor, problem = "", ""
    try:
        require_published(model, found.kind.name)
        named = PreprocessorVersion.of(model)
        preprocessor = named.version
        _require_partner(model, named, preprocessors)
    except UnusableInRegistry as error:
        problem = error.message
    return ListedRelease(
        model=model,
        aliases=tuple(each.alias for each in found.aliases if _is_own(each)),
        created_at=_in_utc(found.created_at),
        preprocessor=preprocessor,
        problem=problem,
    )


def _in_utc(moment: datetime) -> datetime:
    """W&B's times are UTC, also those without an offset."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_own(alias: _Alias) -> bool:
    """Whether it is one of this artifact, and none of a registry that the version is linked to."""
    return alias.collection is None or alias.collection.name == PRODUCTION_MODEL


def _require_partner(model: Pin, named: PreprocessorVersion, digests: Mapping[str, object]) -> None:
    if named.version not in digests:
        raise unusable(model.uri, f"{PREPROCESSOR}:{named.version}, which it needs, is not there any more")
    if digests[named.version] != named.digest:
        raise unusable(model.uri, f"{PREPROCESSOR}:{named.version} is another than it was trained with")
