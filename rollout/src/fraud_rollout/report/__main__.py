"""`python -m fraud_rollout.report FOLDER ID`: the report of a record in a folder, written beside it."""

import sys
from pathlib import Path

from fraud_contract.errors import FraudError
from fraud_contract.plain_text import plain
from fraud_rollout.records.errors import NoSuchRecord
from fraud_rollout.records.files import RecordFiles
from fraud_rollout.report.page import page


def main(folder: str, record_id: str) -> int:
    """Write it, print its path; the exit code."""
    files = RecordFiles(Path(folder))
    try:
        record = files.load(record_id)
        if record is None:
            raise NoSuchRecord(f"No record {record_id} in {folder}.")
        path = files.save_report(record_id, page(record, files.load_details(record_id)))
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
