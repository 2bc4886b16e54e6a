"""The uses of W&B's SDK; imported by the worker process only."""

from fraud_registry.sdk import (
    dataset,
    download,
    lookup,
    monitoring_run,
    promotion,
    rollout_run,
    training_run,
)

__all__ = [
    "dataset",
    "download",
    "lookup",
    "monitoring_run",
    "promotion",
    "rollout_run",
    "training_run",
]
