"""`fraudctl judge`: the gate table, and the exit code that a pipeline goes by."""

import sys
from collections.abc import Mapping
from typing import Final

from fraud_rollout.offline import Judgement
from fraud_rollout.report.sentence import sentence
from fraudctl.commands.rollout.record_rows import record_row
from fraudctl.flows.judge import Question, judge
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
        written = {"record": str(result.record_file), "report": str(result.report)}
        row = {"judgement": result.judgement.value, **record_row(result.record, result.details), **written}
        show(row, form)
    else:
        print_gates(result.record, result.details)
        sys.stdout.write(f"\n{sentence(result.record, result.details)}\n")
        sys.stdout.write(f"\nrecord  {result.record_file}\nreport  {result.report}\n")
    return EXIT_CODES[result.judgement]
