"""A release of a comparison, found on this disk or in the registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_contract.errors import SettingsError, UsageError
from fraud_contract.release import Release
from fraud_local.folders import Folders
from fraud_registry.artifacts.resolve import resolve_release
from fraud_rollout.core.state.release import Artifact
from fraud_rollout.core.state.release import Release as Pinned
from fraudctl.flows.release import folders_of
from fraudctl.run import Connect, Run


@dataclass(frozen=True)
class FoundRelease:
    """A release on this disk, verified."""

    folders: Folders
    model: ModelArtifact
    preprocessor: PreprocessorArtifact

    @classmethod
    def load(cls, folders: Folders) -> Self:
        """The pair in `folders`. Raises `ArtifactError` if it is none."""
        model = ModelArtifact.load(folders.model)
        preprocessor = PreprocessorArtifact.load(folders.preprocessor)
        require_pair(model, preprocessor)
        return cls(folders, model, preprocessor)

    @property
    def folder(self) -> Path:
        """Where both lie, if training wrote them."""
        return self.folders.model.parent

    @property
    def release(self) -> Pinned:
        """As records name it."""
        release = Release.of(self.model, self.preprocessor)
        return Pinned(
            name=release.name,
            digest=release.fingerprint,
            model=Artifact(version=self.model.version, digest=self.model.digest),
            preprocessor=Artifact(version=self.preprocessor.version, digest=self.preprocessor.digest),
        )


def found(given: str, run: Run, connect: Connect) -> FoundRelease:
    """The release in the folder that training wrote, or at an alias or version of the registry's model.

    Raises:
        ArtifactError: the folder holds no release.
        RegistryError: the registry has none there, or is away.
        SettingsError: it is neither.
        UsageError: it names nothing, or what is no release of this project.
    """
    require_named(given, "release")
    folder = Path(given)
    if folder.is_dir():
        return FoundRelease.load(Folders(folder / PRODUCTION_MODEL, folder / PREPROCESSOR))
    if "/" in given and "://" not in given:
        raise SettingsError(
            f"No folder {given}. Name what `fraudctl train` wrote, or an alias of the registry."
        )
    connection = connect()
    return FoundRelease.load(folders_of(connection, resolve_release(connection, given), run))


def require_named(given: str, what: str) -> None:
    """Raise `UsageError` for an empty name: as a path it would be the present folder."""
    if not given.strip():
        raise UsageError(f"An empty name is no {what}. Name one, or leave it out.")
