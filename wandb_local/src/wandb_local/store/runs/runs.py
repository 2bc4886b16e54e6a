"""Runs: what a client says about them, and whether they still live."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from wandb_local.errors import NotFoundError
from wandb_local.store.database import Database
from wandb_local.store.records import Project, Run, RunState
from wandb_local.values.clock import Clock, moment, stamp
from wandb_local.values.names import checked_name

HEARTBEAT_LIMIT: Final = timedelta(minutes=5)
"""A running run silent for longer has crashed: ten of the SDK's heartbeats of 30 seconds."""

CHANGEABLE: Final = frozenset(
    {
        "display_name",
        "description",
        "notes",
        "commit_hash",
        "host",
        "program",
        "group_name",
        "job_type",
        "tags",
        "config",
        "summary",
        "state",
    }
)
"""The columns a client may set."""


class Runs:
    """Runs by project and name, or by row."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, project: Project, name: str) -> Run | None:
        """The run of this name (the SDK's run id), if it exists."""
        run = self._database.one(
            Run, "SELECT * FROM run WHERE project_id = ? AND name = ?", (project.id, name)
        )
        return None if run is None else self._as_of_now(run)

    def named(self, project: Project, name: str) -> Run:
        """The run of this name.

        Raises:
            NotFoundError: There is none.
        """
        run = self.find(project, name)
        if run is None:
            message = f"run {project.entity}/{project.name}/{name} not found"
            raise NotFoundError(message)
        return run

    def find_row(self, run_id: int | None) -> Run | None:
        """The run of a row that refers to it; None once it was deleted."""
        run = self._database.one(Run, "SELECT * FROM run WHERE id = ?", (run_id,))
        return None if run is None else self._as_of_now(run)

    def get(self, run_id: int) -> Run:
        """The run of this row.

        Raises:
            NotFoundError: It was deleted or never existed.
        """
        run = self.find_row(run_id)
        if run is None:
            raise NotFoundError("run not found: it was deleted or belongs to another server")
        return run

    def of_project(self, project: Project) -> list[Run]:
        """The project's runs, oldest first."""
        runs = self._database.all(Run, "SELECT * FROM run WHERE project_id = ? ORDER BY id", (project.id,))
        return [self._as_of_now(run) for run in runs]

    def count(self, project: Project) -> int:
        """How many runs the project has."""
        return int(self._database.value("SELECT count(*) FROM run WHERE project_id = ?", (project.id,)))

    def create(self, project: Project, name: str) -> Run:
        """A new running run."""
        time = stamp(self._clock())
        run_id = self._database.insert(
            "INSERT INTO run (project_id, name, display_name, created_at, heartbeat_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (project.id, checked_name(name, "run id"), name, time, time),
        )
        return self.get(run_id)

    def update(self, run: Run, changes: Mapping[str, object]) -> Run:
        """The run with `changes`, whose keys are among `CHANGEABLE`."""
        columns = sorted(CHANGEABLE & changes.keys())
        assignments = "".join(f", {column} = :{column}" for column in columns)
        self._database.run(
            f"UPDATE run SET heartbeat_at = :heartbeat_at{assignments} WHERE id = :id",  # noqa: S608 - fixed names
            {
                **{column: changes[column] for column in columns},
                "heartbeat_at": stamp(self._clock()),
                "id": run.id,
            },
        )
        return self.get(run.id)

    def request_stop(self, run: Run) -> None:
        """Have the run's process stop at its next heartbeat."""
        self._database.run("UPDATE run SET stop_requested = 1 WHERE id = ?", (run.id,))

    def delete(self, run: Run) -> None:
        """Remove the run with its history and files; what it logged stays, without a maker."""
        self._database.run("DELETE FROM run WHERE id = ?", (run.id,))

    def _as_of_now(self, run: Run) -> Run:
        silent = self._clock() - moment(run.heartbeat_at)
        if run.state == RunState.RUNNING and silent > HEARTBEAT_LIMIT:
            return replace(run, state=RunState.CRASHED)
        return run
