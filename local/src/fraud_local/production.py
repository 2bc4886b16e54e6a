"""What was served last, remembered for days without a registry."""

from pathlib import Path
from typing import Self

from fraud_contract.documents import Document
from fraud_local.folders import Folders
from fraud_registry.artifacts.cache import known
from fraud_registry.references import ReleasePins


class LastProduction(Document):
    """The pins of the release that this workspace served last."""

    pins: ReleasePins

    @classmethod
    def remember(cls, pins: ReleasePins, path: Path) -> None:
        """Write it at `path`, where a reader meets the former one or this one."""
        cls(pins=pins).write_atomically(path)

    @classmethod
    def recall(cls, path: Path) -> Self | None:
        """What stands at `path`; None if nothing was served yet. Raises `ArtifactError` for other content."""
        return cls.read(path) if path.exists() else None

    def cached(self, cache: Path) -> Folders | None:
        """Its artifacts, if both are in the cache and still what they were."""
        model, preprocessor = known(cache, self.pins.model), known(cache, self.pins.preprocessor)
        return None if model is None or preprocessor is None else Folders(model, preprocessor)
