"""Windows of a release in production, added to a run that used its artifacts."""

from collections.abc import Sequence
from typing import Final

from fraud_registry.messages import LogMonitoring
from fraud_registry.records.monitoring_rows import LoggedMonitoring, MonitoringRow, MonitoringRun
from fraud_registry.references import Reference
from fraud_registry.worker.connection import Access, ask

DEADLINE: Final = 600.0
"""Seconds: two or three where W&B answers at once; some twenty requests follow one another, and an
answer may take up to twenty seconds."""


def log_monitoring(
    access: Access,
    run: MonitoringRun,
    pins: Sequence[Reference],
    rows: Sequence[MonitoringRow],
    deadline: float = DEADLINE,
) -> LoggedMonitoring:
    """Add the rows to the run, and return once the registry has them all.

    Rows that it has already, by their step, are not added again: what failed half-way is sent again as a
    whole. Pins without entity or project are the account's own.

    Raises:
        RegistryError: the registry refused, went away, took longer than `deadline` seconds, or has not all
            of the rows.
    """
    request = LogMonitoring(run=run, pins=tuple(pins), rows=tuple(rows))
    return ask(access, request, LoggedMonitoring, deadline)
