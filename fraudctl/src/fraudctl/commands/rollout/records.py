"""Records of this workspace, listed, shown, reported and judged again."""

import sys
from collections.abc import Sequence
from pathlib import Path

from fraud_contract.plain_text import one_line
from fraud_rollout.core.rejudge import rejudge
from fraud_rollout.core.state.record import Record
from fraud_rollout.offline import judgement_of
from fraud_rollout.records.errors import NoSuchRecord
from fraud_rollout.records.files import RecordFiles
from fraud_rollout.report.process import write_report
from fraudctl.flows.found_release import require_named
from fraudctl.flows.judge import strategy_at
from fraudctl.output import Form, show, show_all
from fraudctl.session import session


def list_records(form: Form) -> None:
    """All of them, the newest first. Raises `NoSuchRecord` if there is none."""
    files = _files()
    rows = [
        {
            "id": record.id,
            "created": f"{record.created:%Y-%m-%d %H:%M}",
            "stable": record.stable.name if record.stable else "",
            "candidate": record.candidate.name,
            "stands": _standing(record, offline=files.load_details(record.id).offline),
            "reason": one_line(record.reason),
        }
        for record in reversed(_all())
    ]
    show_all(rows, form)


def report_record(record_id: str | None, form: Form) -> None:
    """The path of its report, freshly written."""
    record = _one(record_id)
    path = write_report(session().workspace.rollouts, record.id)
    if form is Form.JSON:
        show({"id": record.id, "report": str(path)}, form)
    else:
        sys.stdout.write(f"{path}\n")


def rejudge_records(strategy: Path, form: Form) -> None:
    """Which ends another strategy would change."""
    other = strategy_at(strategy)
    rows = []
    for record in _all():
        own, under = rejudge(record, record.strategy), rejudge(record, other)
        row = {"id": record.id, "candidate": record.candidate.name, "end": own.end, "under it": under.end}
        rows.append({**row, "changes": own.end is not under.end, "reason": one_line(under.reason)})
    changed = [row for row in rows if row["changes"]]
    show_all(rows if form is Form.JSON else changed, form)
    sys.stderr.write(f"{len(changed)} of {len(rows)} would end otherwise under {strategy}\n")


def _standing(record: Record, *, offline: bool) -> str:
    """The phase of a rollout; what a comparison said."""
    return judgement_of(record).value if offline else record.phase.value


def _files() -> RecordFiles:
    return RecordFiles(session().workspace.rollouts)


def _all() -> Sequence[Record]:
    run, records = session(), []
    for path, record in _files().each():
        if record is None:
            run.stages.warn(f"{path} is no record that this version reads; it is left out")
        else:
            records.append(record)
    if not records:
        raise NoSuchRecord(
            f"No rollout was recorded in {run.workspace.rollouts}. "
            "Begin with: fraudctl serve --follow, or fraudctl judge A B"
        )
    return sorted(records, key=lambda record: record.created)


def _one(record_id: str | None) -> Record:
    if record_id is None:
        return _all()[-1]
    require_named(record_id, "rollout")
    record = _files().load(record_id)
    if record is None:
        known = ", ".join(each.id for each in _all()[-5:])
        raise NoSuchRecord(f"No rollout {record_id}. The newest are: {known}")
    return record
