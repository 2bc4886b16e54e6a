"""The uses of W&B's SDK; imported by the worker process only."""

from fraud_registry.sdk import (
    aliases,
    dataset,
    download,
    listing,
    lookup,
    monitoring_run,
    rollout_run,
    training_run,
)

__all__ = [
    "aliases",
    "dataset",
    "download",
    "listing",
    "lookup",
    "monitoring_run",
    "rollout_run",
    "training_run",
]
