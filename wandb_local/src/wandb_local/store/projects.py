"""Projects: they come into being with the first run or artifact."""

from wandb_local.errors import NotFoundError
from wandb_local.store.database import Database
from wandb_local.store.records import Project
from wandb_local.values.clock import Clock, stamp
from wandb_local.values.names import checked_name

UNNAMED = "uncategorized"
"""Where runs go whose client names no project, as in W&B."""


class Projects:
    """Projects by entity and name. Every entity name is valid: they all belong to the one user."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, entity: str, name: str) -> Project | None:
        """The project, if it exists."""
        return self._database.one(
            Project, "SELECT * FROM project WHERE entity = ? AND name = ?", (entity, name)
        )

    def get(self, project_id: int) -> Project:
        """The project of a row that refers to it."""
        project = self._database.one(Project, "SELECT * FROM project WHERE id = ?", (project_id,))
        if project is None:
            message = f"project {project_id} does not exist"
            raise NotFoundError(message)
        return project

    def named(self, entity: str, name: str) -> Project:
        """The project.

        Raises:
            NotFoundError: There is none of this name.
        """
        project = self.find(entity, name)
        if project is None:
            message = f"project {entity}/{name} not found"
            raise NotFoundError(message)
        return project

    def ensure(self, entity: str, name: str) -> Project:
        """The project, created if it is new."""
        project = self.find(entity, name)
        if project is not None:
            return project
        checked_name(entity, "entity")
        checked_name(name, "project name")
        self._database.run(
            "INSERT INTO project (entity, name, created_at) VALUES (?, ?, ?)",
            (entity, name, stamp(self._clock())),
        )
        return self.named(entity, name)

    def of_entity(self, entity: str) -> list[Project]:
        """The entity's projects by name."""
        return self._database.all(Project, "SELECT * FROM project WHERE entity = ? ORDER BY name", (entity,))

    def entities(self) -> list[str]:
        """The entities that have a project, by name."""
        return [
            row["entity"]
            for row in self._database.rows("SELECT DISTINCT entity FROM project ORDER BY entity")
        ]

    def everything(self) -> list[Project]:
        """All projects by entity and name."""
        return self._database.all(Project, "SELECT * FROM project ORDER BY entity, name")
