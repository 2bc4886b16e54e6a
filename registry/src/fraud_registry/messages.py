"""What goes between this process and the one that runs W&B's SDK: files in, JSON lines out."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fraud_contract.errors import (
    ArtifactCorrupt,
    FraudError,
    InvalidReference,
    NotInRegistry,
    PairMismatch,
    RegistryBusy,
    RegistryError,
    RegistryUnauthorized,
    RegistryUnavailable,
    SettingsError,
    UnusableInRegistry,
    UsageError,
)
from fraud_registry.records.monitoring_rows import MonitoringRow, MonitoringRun
from fraud_registry.records.moves import Reason
from fraud_registry.references import Name, Pin, Reference, RegistryDigest, ReleasePins


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResolveArtifact(_Message):
    """Which version does `reference` mean? Answered with a `Pin`."""

    operation: Literal["resolve_artifact"] = "resolve_artifact"
    reference: Reference


class ResolveRelease(_Message):
    """Which pair is behind the alias or version of the model? Answered with `ReleasePins`."""

    operation: Literal["resolve_release"] = "resolve_release"
    version: Name


class Download(_Message):
    """Put the files of a version into the empty `folder`. Answered with its `Pin`."""

    operation: Literal["download"] = "download"
    reference: Reference
    registry_digest: RegistryDigest | None
    """What it must be; None takes whatever the version is."""
    max_files: int | None
    """Of the version; None takes any number."""
    max_bytes: int | None
    """Of all its files; None takes any number."""
    folder: Path


class Publish(_Message):
    """Upload what training wrote. Answered with `Published`."""

    operation: Literal["publish"] = "publish"
    folder: Path
    preprocessor_metadata: dict[str, Any]
    model_metadata: dict[str, Any]
    aliases: tuple[Name, ...]


class PublishDataset(_Message):
    """Upload a dataset. Answered with its `Pin`."""

    operation: Literal["publish_dataset"] = "publish_dataset"
    folder: Path
    metadata: dict[str, Any]
    aliases: tuple[Name, ...]


class Promote(_Message):
    """Move the alias `production` to `pins`. Answered with them."""

    operation: Literal["promote"] = "promote"
    pins: ReleasePins
    reason: Reason
    expected: str | None
    """The model (`vN`) that the caller saw in production, empty for none; None where it does not matter."""
    replace_unusable: bool
    """Also off a version that this software cannot use."""


class PlanMove(_Message):
    """What would a move of `production` to the alias or version do? Answered with a `PlannedMove`."""

    operation: Literal["plan_move"] = "plan_move"
    version: Name


class ListMoves(_Message):
    """Which moves of `production` were there? Answered with a `Moves`."""

    operation: Literal["list_moves"] = "list_moves"


class LogRollout(_Message):
    """Keep a rollout that ended as a run with its files. Answered with a `LoggedRollout`."""

    operation: Literal["log_rollout"] = "log_rollout"
    rollout: Name
    pins: tuple[ReleasePins, ...]
    """The releases that it compared."""
    rejected: Pin | None
    """The model that gets the alias `rejected`; None for none."""
    files: tuple[Path, ...]
    """Record and report."""
    summary: dict[str, Any]


class LogMonitoring(_Message):
    """Add windows to the monitoring run of a release. Answered with `LoggedMonitoring`."""

    operation: Literal["log_monitoring"] = "log_monitoring"
    run: MonitoringRun
    pins: tuple[Reference, ...]
    """Artifacts of the release."""
    rows: tuple[MonitoringRow, ...]
    """In the order of their steps."""


LookUp = ResolveArtifact | ResolveRelease | PlanMove | ListMoves
"""What changes nothing."""
Request = Annotated[
    LookUp | Download | Publish | PublishDataset | Promote | LogRollout | LogMonitoring,
    Field(discriminator="operation"),
]
REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Request)
REQUEST_FILE: Final = "request.json"
"""In the child's working folder."""
ASKED: Final = b"?"
"""On the child's stdin: a request is in the file."""
DONE: Final = b"."
"""On the child's stdin: nothing more will be asked."""


class Stage(_Message):
    """The work has come to `stage`."""

    kind: Literal["stage"] = "stage"
    stage: str


class Answer(_Message):
    """The work is done."""

    kind: Literal["answer"] = "answer"
    answer: dict[str, Any]


class Failure(_Message):
    """The work failed with an error of the contract, named by its code."""

    kind: Literal["failure"] = "failure"
    code: str
    message: str

    @property
    def error(self) -> FraudError:
        """The error to raise."""
        return _ERRORS.get(self.code, RegistryError)(self.message)


Event = Annotated[Stage | Answer | Failure, Field(discriminator="kind")]
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)

_ERRORS: Final[dict[str, type[FraudError]]] = {
    each.code: each
    for each in (
        ArtifactCorrupt,
        InvalidReference,
        NotInRegistry,
        PairMismatch,
        RegistryBusy,
        RegistryError,
        RegistryUnauthorized,
        RegistryUnavailable,
        SettingsError,
        UnusableInRegistry,
        UsageError,
    )
}
