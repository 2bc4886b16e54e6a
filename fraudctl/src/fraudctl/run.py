"""What every step of a command needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from fraud_local.registry import Registry, opened
from fraud_local.workspace import Workspace
from fraudctl.stages import Stages


@dataclass(frozen=True)
class Run:
    """One run of a command: where it works, in which environment, and where its stages show."""

    workspace: Workspace
    environ: Mapping[str, str]
    stages: Stages

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        """The registry of this workspace, while it is needed. Raises as `opened` does."""
        with opened(self.workspace, self.environ) as registry:
            if registry.unheeded:
                self.stages.warn(f"{registry.unheeded} The {registry} is used.")
            yield registry
