"""Settings of the monitor process."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, StringConstraints

from fraud_contract.settings import Settings
from fraud_registry.references import Project

SHORTEST: Final = 30.0
"""Seconds between two rows of a run: W&B shows some 10,000 points of a histogram, a week of 60 s each."""


Installation = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class MonitorSettings(Settings):
    """`FRAUD_*` of the monitor."""

    monitor: Literal["on", "off"] = "on"
    """`off` starts no monitor beside `fraudctl serve` and `demo`."""
    monitor_interval: Annotated[float, Field(ge=SHORTEST, le=3_600)] = 60.0
    """Seconds of a window: one row of the run in W&B, one look at drift."""
    monitor_scrape: Annotated[float, Field(ge=1, le=60)] = 10.0
    """Seconds between two looks at the counters: what a pod counts after the last one is lost."""
    monitor_batch: Annotated[int, Field(ge=1, le=100)] = 5
    """Windows of a release in one delivery to W&B, so the run is up to so many windows behind.

    Each starts W&B's SDK, for two seconds of a core: 0.6 % of one with five windows of 60 s, 3 % with one.
    """
    monitor_project: Project | None = None
    """W&B project of the monitoring runs; the account's own by default."""
    monitor_sample: Annotated[int, Field(ge=0, le=5_000)] = 200
    """Recent payments, once an hour, that give the mean contribution of each fact; 0: none.

    Each costs the release what ten to a hundred scores do. Needs the admin token.
    """
    monitor_psi: Annotated[float, Field(gt=0, le=10)] = 0.01
    """Population stability index, beyond what chance gives, from which on an input has moved."""
    monitor_factor: Annotated[float, Field(gt=1, le=100)] = 1.25
    """Times, or part of, its reference, from which on a decision rate or the expected cost has moved."""
    monitor_installation: Installation = "local"
    """Group of the runs in W&B: which installation the releases serve in."""
    monitor_targets: Path = Path("/etc/fraud-monitor/targets.json")
    """Releases and their addresses; read again before each look."""
    monitor_folder: Path = Path("/var/lib/fraud-monitor")
    """What outlives the process: counters, windows not yet delivered, the last week's distributions."""
    monitor_buffer: Annotated[int, Field(ge=10, le=100_000)] = 1_500
    """Windows of each release kept while W&B is away, a day of 60 s each; then the oldest are dropped."""
    monitor_host: str = "127.0.0.1"
    """Address of the port with metrics and status."""
    monitor_port: Annotated[int, Field(ge=1, le=65_535)] = 9092
    """Metrics for Prometheus, readiness, and the status that `fraudctl monitor status` shows."""
    admin_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    """That of the releases; opens recent decisions, for the importance of each fact."""
