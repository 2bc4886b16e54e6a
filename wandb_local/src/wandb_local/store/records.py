"""What the store hands out: one frozen record per row.

Times are RFC 3339 in UTC; fields that hold JSON are named by their content and documented here:
`Run.config`, `Run.summary` and `Artifact.metadata` are JSON objects as text, as the SDK sent them.
"""

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands; `CRASHED` is derived from a heartbeat that stopped."""

    RUNNING = "running"
    PENDING = "pending"
    FINISHED = "finished"
    FAILED = "failed"
    PREEMPTING = "preempting"
    CRASHED = "crashed"


class ArtifactState(StrEnum):
    """Where an artifact version stands."""

    PENDING = "PENDING"
    COMMITTED = "COMMITTED"
    DELETED = "DELETED"


class CollectionKind(StrEnum):
    """A sequence is what runs log to; a portfolio is what versions are linked to."""

    SEQUENCE = "ArtifactSequence"
    PORTFOLIO = "ArtifactPortfolio"


@dataclass(frozen=True, slots=True)
class Project:
    """A named place for runs and collections of one entity."""

    id: int
    entity: str
    name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `name` is what the SDK calls the run id."""

    id: int
    project_id: int
    name: str
    display_name: str
    description: str | None
    notes: str | None
    commit_hash: str | None
    host: str | None
    program: str | None
    group_name: str | None
    job_type: str | None
    tags: str
    config: str
    summary: str
    state: str
    stop_requested: int
    created_at: str
    heartbeat_at: str


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes on disk: not there before `stored_at` is set. MD5 sums are base64, as W&B writes them."""

    id: str
    expected_md5: str | None
    md5: str | None
    size: int
    stored_at: str | None


@dataclass(frozen=True, slots=True)
class File:
    """A named blob (of a run or of an artifact), or a reference to bytes kept elsewhere."""

    name: str
    digest: str | None
    size: int
    updated_at: str | None
    blob_id: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Collection:
    """A named row of versions, with one type; `next_version` is the number that was never given yet."""

    id: int
    project_id: int
    kind: str
    name: str
    type: str
    description: str | None
    next_version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact version; `collection_id` is the sequence it was logged to."""

    id: int
    collection_id: int
    run_id: int | None
    digest: str
    state: str
    description: str | None
    metadata: str | None
    ttl_seconds: int
    history_step: int | None
    wanted_aliases: str
    size: int
    file_count: int
    commit_hash: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Membership:
    """An artifact's place in a collection: version `v<version>` there."""

    id: int
    collection_id: int
    artifact_id: int
    version: int
    created_at: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A movable name for one version of a collection."""

    collection_id: int
    name: str
    membership_id: int


@dataclass(frozen=True, slots=True)
class AliasMove:
    """When an alias began to name version `v<version>` of its collection; None: when it was taken away."""

    id: int
    collection_id: int
    name: str
    version: int | None
    moved_at: str


@dataclass(frozen=True, slots=True)
class Alert:
    """What a run wanted people to know; `level` is INFO, WARN or ERROR."""

    id: int
    run_id: int
    title: str
    text: str
    level: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of an artifact's files, itself a blob."""

    id: int
    artifact_id: int
    blob_id: str


@dataclass(frozen=True, slots=True)
class ArtifactType:
    """A type that some collection of the project has."""

    project_id: int
    name: str
