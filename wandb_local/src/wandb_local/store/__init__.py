"""The registry's memory: SQLite rows and blob files under one data directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from wandb_local.store.artifacts.aliases import AliasAdded, Aliases
from wandb_local.store.artifacts.collections import Collections
from wandb_local.store.artifacts.files import ArtifactFiles
from wandb_local.store.artifacts.lineage import Lineage
from wandb_local.store.artifacts.versions import Artifacts
from wandb_local.store.blobs import Blobs
from wandb_local.store.database import Database
from wandb_local.store.projects import Projects
from wandb_local.store.runs.alerts import Alerts
from wandb_local.store.runs.files import RunFiles
from wandb_local.store.runs.runs import Runs
from wandb_local.store.runs.streams import Streams
from wandb_local.values.clock import Clock, now

__all__ = ["AliasAdded", "Store"]


@dataclass(frozen=True, slots=True)
class Store:
    """All tables, wired together; used by one thread at a time."""

    database: Database
    blobs: Blobs
    projects: Projects
    runs: Runs
    alerts: Alerts
    streams: Streams
    run_files: RunFiles
    collections: Collections
    aliases: Aliases
    artifact_files: ArtifactFiles
    artifacts: Artifacts
    lineage: Lineage

    @classmethod
    def open(cls, directory: Path, clock: Clock = now) -> Self:
        """The store in `directory`, created if it is empty.

        Raises:
            StartError: The directory holds something else.
        """
        database = Database.open(directory / "registry.sqlite")
        blobs = Blobs(database, directory / "blobs", clock)
        collections = Collections(database, clock)
        aliases = Aliases(database, clock)
        artifact_files = ArtifactFiles(database, blobs)
        return cls(
            database=database,
            blobs=blobs,
            projects=Projects(database, clock),
            runs=Runs(database, clock),
            alerts=Alerts(database, clock),
            streams=Streams(database),
            run_files=RunFiles(database, blobs),
            collections=collections,
            aliases=aliases,
            artifact_files=artifact_files,
            artifacts=Artifacts(database, clock, collections, aliases, artifact_files),
            lineage=Lineage(database),
        )
