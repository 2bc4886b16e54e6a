"""What a command starts with: its workspace and its stages on standard error."""

import os

from rich.console import Console

from fraud_local.workspace import Workspace
from fraudctl.run import Run
from fraudctl.stages import Stages


def session() -> Run:
    """The run of the command that the process was started for."""
    return Run(Workspace.find(os.environ), dict(os.environ), Stages(Console(stderr=True)))
