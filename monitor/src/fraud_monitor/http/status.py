"""What the monitor knows of its releases at the moment: what `fraudctl monitor status` shows."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from fraud_contract.documents import Document
from fraud_monitor.core.judgement import Judgement

STATUS: Final = "status.json"
"""In the monitor's folder, and what its port answers at `/status`."""


class ReleaseStatus(BaseModel):
    """One release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release: str
    begins: float | None = None
    ends: float | None = None
    """Of the latest window, in seconds since 1970; None before the first."""
    figures: dict[str, float] = {}
    """Of the latest window."""
    judgement: Judgement = Judgement()
    alerts: dict[str, str] = {}
    importance: dict[str, float] = {}
    waiting: int = 0
    """Windows that W&B has not taken yet."""
    dropped: int = 0
    run_url: str = ""
    problem: str = ""
    """Why there are no references, or no importance; empty where there are."""


class MonitorStatus(Document):
    """All releases under watch."""

    installation: str
    written: float
    """When, in seconds since 1970."""
    delivered: int
    delivery_failures: int
    delivery_seconds: float = 0.0
    """That the last delivery to W&B took, whether it arrived or not."""
    delivery_error: str
    releases: tuple[ReleaseStatus, ...] = ()


def kept_status(folder: Path) -> MonitorStatus | None:
    """What a monitor last wrote to its folder; None where none ever did.

    Raises:
        ArtifactError: something else is there.
    """
    path = folder / STATUS
    return MonitorStatus.read(path) if path.exists() else None
