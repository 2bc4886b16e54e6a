"""What every step of a command needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fraud_local.workspace import Workspace
from fraudctl.stages import Stages


@dataclass(frozen=True)
class Run:
    """One run of a command: where it works, in which environment, and where its stages show."""

    workspace: Workspace
    environ: Mapping[str, str]
    stages: Stages
