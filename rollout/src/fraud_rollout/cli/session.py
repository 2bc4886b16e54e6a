"""What a command starts with: its workspace and its stages on standard error."""

import os

from rich.console import Console

from fraud_rollout.local.run import Run
from fraud_rollout.local.stages import Stages
from fraud_rollout.local.workspace import Workspace


def session() -> Run:
    """The run of the command that the process was started for."""
    return Run(Workspace.find(os.environ), dict(os.environ), Stages(Console(stderr=True)))
