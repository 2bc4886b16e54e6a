"""A row on its way."""

from pydantic import BaseModel, ConfigDict

from fraud_registry.records.monitoring_rows import MonitoringRow, MonitoringRun


class Waiting(BaseModel):
    """A row and the run it belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: MonitoringRun
    row: MonitoringRow

    @property
    def file_name(self) -> str:
        """Sorts by time."""
        return f"{self.row.at:014.3f}.json"
