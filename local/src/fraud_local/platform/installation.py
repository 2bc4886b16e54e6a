"""Releases installed on this machine: artifacts, ports and commands, kept in a file each."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.documents import Document
from fraud_local.folders import Folders
from fraud_processes.ports import any_free
from fraud_rollout.core.state.release import Release

PREDICTOR: Final = ("-m", "fraud_predictor")


class InstalledRelease(Document):
    """One release and where it answers, all of it on the loopback interface."""

    release: Release
    model: Path
    preprocessor: Path
    """Verified artifact folders."""
    http: int
    grpc: int
    admin: int
    predictor_http: int
    predictor_grpc: int
    predictor: tuple[str, ...] = PREDICTOR
    """Arguments of Python that start its predictor."""

    @property
    def name(self) -> str:
        """`fraud-<hash>`."""
        return self.release.name

    @property
    def folders(self) -> Folders:
        """Both artifacts."""
        return Folders(model=self.model, preprocessor=self.preprocessor)

    @property
    def predictor_command(self) -> tuple[str, ...]:
        """What starts its predictor."""
        return (sys.executable, *self.predictor)


@dataclass(frozen=True)
class Installations:
    """All of them, in `folder`."""

    folder: Path

    def install(
        self, release: Release, folders: Folders, predictor: tuple[str, ...] = PREDICTOR
    ) -> InstalledRelease:
        """The release on free ports; one that is installed keeps its own.

        Raises:
            OSError: the file cannot be written.
        """
        found = self.find(release.name)
        if found is not None:
            return self._kept(found, release, folders)
        http, grpc, admin, predictor_http, predictor_grpc = any_free(5)
        installed = InstalledRelease(
            release=release,
            model=folders.model,
            preprocessor=folders.preprocessor,
            http=http,
            grpc=grpc,
            admin=admin,
            predictor_http=predictor_http,
            predictor_grpc=predictor_grpc,
            predictor=predictor,
        )
        return self._written(installed)

    def find(self, name: str) -> InstalledRelease | None:
        """The release of that name; None if it is not installed."""
        path = self._file(name)
        return InstalledRelease.read(path) if path.exists() else None

    def all(self) -> list[InstalledRelease]:
        """All of them, by name."""
        return [InstalledRelease.read(path) for path in sorted(self.folder.glob("*.json"))]

    def remove(self, name: str) -> None:
        """Forget it; its artifacts stay in the cache."""
        self._file(name).unlink(missing_ok=True)

    def _kept(self, found: InstalledRelease, release: Release, folders: Folders) -> InstalledRelease:
        """Equal content may have been published since, and lie elsewhere."""
        places = {"release": release, "model": folders.model, "preprocessor": folders.preprocessor}
        now = found.model_copy(update=places)
        return found if now == found else self._written(now)

    def _written(self, installed: InstalledRelease) -> InstalledRelease:
        self.folder.mkdir(parents=True, exist_ok=True)
        installed.write_atomically(self._file(installed.name))
        return installed

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"
