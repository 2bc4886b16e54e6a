"""Which run made a version, and which runs used it."""

from wandb_local.errors import NotFoundError
from wandb_local.store.database import Database
from wandb_local.store.records import Artifact, Run


class Lineage:
    """The edges between runs and artifacts, and the client ids under which artifacts were announced."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def produced(self, run: Run, artifact: Artifact) -> None:
        """Remember that the run logged the artifact."""
        self._database.run(
            "INSERT INTO output (run_id, artifact_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (run.id, artifact.id),
        )

    def used(self, run: Run, artifact: Artifact) -> None:
        """Remember that the run used the artifact."""
        self._database.run(
            "INSERT INTO input (run_id, artifact_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (run.id, artifact.id),
        )

    def outputs(self, run: Run) -> list[Artifact]:
        """What the run logged, oldest first."""
        return self._artifacts("output", run)

    def inputs(self, run: Run) -> list[Artifact]:
        """What the run used, oldest first."""
        return self._artifacts("input", run)

    def _artifacts(self, edge: str, run: Run) -> list[Artifact]:
        return self._database.all(
            Artifact,
            f"SELECT artifact.* FROM {edge} JOIN artifact ON artifact.id = {edge}.artifact_id"  # noqa: S608 - fixed names
            f" WHERE {edge}.run_id = ? AND artifact.state = 'COMMITTED' ORDER BY artifact.id",
            (run.id,),
        )

    def users(self, artifact: Artifact) -> list[int]:
        """The rows of the runs that used the artifact, oldest first."""
        rows = self._database.rows(
            "SELECT run_id FROM input WHERE artifact_id = ? ORDER BY run_id", (artifact.id,)
        )
        return [row["run_id"] for row in rows]

    def introduce(self, client_id: str, artifact: Artifact) -> None:
        """Remember which artifact a client announced under an id of its own."""
        self._database.run(
            "INSERT INTO client_artifact (client_id, artifact_id) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET artifact_id = excluded.artifact_id",
            (client_id, artifact.id),
        )

    def introduced(self, client_id: str) -> int:
        """The row of the artifact announced under this client id.

        Raises:
            NotFoundError: No artifact was.
        """
        artifact_id = self._database.value(
            "SELECT artifact_id FROM client_artifact WHERE client_id = ?", (client_id,)
        )
        if artifact_id is None:
            message = f"no artifact was created with the client id {client_id!r}"
            raise NotFoundError(message)
        return int(artifact_id)
