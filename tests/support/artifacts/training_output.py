"""What training writes, small and made by hand: the artifacts and the record of a run."""

from pathlib import Path

from fraud_contract.artifacts.training_record import TRAINING_RECORD, Table, TrainingRecord
from support.artifacts.releases import write_release

RECORD = TrainingRecord(
    config={"trees": 3},
    summary={"evaluation/average_precision": 0.8},
    curves={"train/logloss": (0.5, 0.4, 0.3), "validation/auc": (0.7, 0.8, 0.9)},
    tables={"feature_importance": Table(columns=("feature", "gain"), rows=(("amount", 1.0),))},
)


def write_training_output(folder: Path, mean: float) -> Path:
    """`folder` with two sealed artifacts and a record, ready to be published; other means, other releases."""
    write_release(folder, mean)
    RECORD.write(folder / TRAINING_RECORD)
    return folder
