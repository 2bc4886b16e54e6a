"""`fraudctl judge`: the gate table, and the exit code that a pipeline goes by."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from fraud_rollout.judge.lines import line
from fraud_rollout.offline import Judgement
from fraud_rollout.report.sentence import sentence
from fraudctl.flows.judge import Judged, Question, judge
from fraudctl.gate_table import print_gates
from fraudctl.output import Form, show
from fraudctl.session import session

EXIT_CODES: Final[Mapping[Judgement, int]] = {
    Judgement.MAY_REPLACE: 0,
    Judgement.REJECTED: 3,
    Judgement.UNDECIDED: 4,
}


def judged(question: Question, form: Form) -> int:
    """Judge, print the result; the exit code."""
    result = judge(question, session())
    if form is Form.JSON:
        show(_row(result), form)
    else:
        print_gates(result.record, result.details)
        sys.stdout.write(f"\n{sentence(result.record, result.details)}\n")
        sys.stdout.write(f"\nrecord  {result.record_file}\nreport  {result.report}\n")
    return EXIT_CODES[result.judgement]


def _row(result: Judged) -> dict[str, Any]:
    record = result.record
    return {
        "judgement": result.judgement.value,
        "sentence": sentence(record, result.details),
        "stable": record.stable.model_dump(mode="json") if record.stable else None,
        "candidate": record.candidate.model_dump(mode="json"),
        "gain": record.gain,
        "gates": [
            {
                "source": judged.source.value,
                "line": line(finding, record.strategy.confidence),
                **finding.model_dump(mode="json"),
            }
            for judged in record.judged
            for finding in judged.findings
        ],
        "record": str(result.record_file),
        "report": str(result.report),
    }
