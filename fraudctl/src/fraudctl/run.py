"""What every step of a command needs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

from fraud_local.registry import Registry, opened
from fraud_local.workspace import Workspace
from fraud_registry.worker.connection import Connection
from fraudctl.stages import Stages

Connect = Callable[[], Connection]
"""Gives the one connection that a command has to the registry."""


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

    @contextmanager
    def connecting(self) -> Iterator[Connect]:
        """For what may do without the registry: the first call opens it, and raises as `opened` does."""
        with ExitStack() as stack:

            @cache
            def connect() -> Connection:
                registry = stack.enter_context(opened(self.workspace, self.environ))
                return stack.enter_context(Connection(registry.account))

            yield connect
