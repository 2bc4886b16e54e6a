"""What a training run leaves for the registry: its configuration, figures, curves and tables."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from fraud_contract.documents import Document, Many

TRAINING_RECORD: Final = "training_record.json"
"""Beside the two artifact folders `preprocessor/` and `production_model/` in what training writes."""

GIT: Final = "git"
"""In the configuration and in metadata: the commit of the code that trained, or why it is not known."""


class Table(BaseModel):
    """Rows under named columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Many[str]
    rows: Many[Many[Any]]


class TrainingRecord(Document):
    """One training run, ready to be published."""

    config: dict[str, Any]
    summary: dict[str, float]
    """Final figures under names with slashes, such as `evaluation/average_precision`."""
    curves: dict[str, Many[float]]
    """One value per boosting round."""
    tables: dict[str, Table]
    """Feature importance, confusion matrix, precision against recall, calibration, categories."""
