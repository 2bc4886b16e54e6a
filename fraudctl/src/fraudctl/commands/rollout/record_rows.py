"""A record for programs."""

from typing import Any

from fraud_rollout.core.durations import durations
from fraud_rollout.core.state.record import Record
from fraud_rollout.judge.lines import line
from fraud_rollout.records.details import Details
from fraud_rollout.report.sentence import sentence


def record_row(record: Record, details: Details) -> dict[str, Any]:
    """Who, where it stands, why, and what each gate found."""
    return {
        "id": record.id,
        "sentence": sentence(record, details),
        "phase": record.phase.value,
        "rejected": record.rejected,
        "gain": record.gain,
        "seconds": {spent.value: each.total_seconds() for spent, each in durations(record).items()},
        "stable": record.stable.model_dump(mode="json") if record.stable else None,
        "candidate": record.candidate.model_dump(mode="json"),
        "gates": [
            {
                "source": judged.source.value,
                "weight": judged.weight,
                "line": line(finding, record.strategy.confidence),
                **finding.model_dump(mode="json"),
            }
            for judged in record.judged
            for finding in judged.findings
        ],
    }
