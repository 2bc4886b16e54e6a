"""An embedded server that speaks the Weights & Biases protocol. It is not Weights & Biases."""

from wandb_local.errors import StartError, WandbLocalError
from wandb_local.server import RunningServer, running

__all__ = ["RunningServer", "StartError", "WandbLocalError", "running"]
