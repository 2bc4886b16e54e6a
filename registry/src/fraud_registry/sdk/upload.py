"""An artifact folder into the registry, as the output of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb

from fraud_contract.artifacts.manifest import ORIGIN
from fraud_registry.records.metadata import TYPES
from fraud_registry.references import Pin
from fraud_registry.sdk.lookup import pin_of


def upload(run: wandb.Run, folder: Path, described: Mapping[str, Any], name: str | None = None) -> Pin:
    """The folder as an artifact of that name (the folder's own by default), once it is committed."""
    own = name or folder.name
    artifact = wandb.Artifact(own, type=TYPES[own], metadata=dict(described))
    for path in sorted(folder.iterdir()):
        if path.name != ORIGIN:  # says where this copy came from, so it is no part of what is published
            artifact.add_file(str(path), name=path.name)
    return pin_of(run.log_artifact(artifact).wait())
