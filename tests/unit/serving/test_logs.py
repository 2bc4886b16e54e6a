"""Log lines for people: one a record, and nobody's text passes for another's."""

import logging

from fraud_serving.telemetry.logs import LINES_AT_ONCE, LINES_PER_SECOND, LineBudget, TextFormatter


def line(**fields: object) -> str:
    record = logging.LogRecord("fraud.test", logging.INFO, __file__, 1, "request", None, None)
    record.fields = fields
    return TextFormatter().format(record).partition("INFO ")[2]


def test_plain_words_are_logged_unchanged() -> None:
    assert "fraud.test request route=/v2/{version} status=200 ms=0.5" == line(
        route="/v2/{version}", status=200, ms=0.5
    )


def test_a_callers_text_makes_neither_lines_nor_fields() -> None:
    forged = 'T-1 status=200\n2026-01-01 ERROR root "forged"\u2028'
    told = line(transaction_id=forged, status=503)
    assert ["fraud.test"] == [each.split()[0] for each in told.splitlines()]
    assert told.endswith('"T-1 status=200\\n2026-01-01 ERROR root \\"forged\\"\\u2028" status=503')


def record(level: int, seconds: float, line: int = 1) -> logging.LogRecord:
    made = logging.LogRecord("fraud.test", level, __file__, line, "request", None, None)
    made.created = seconds
    return made


def test_a_flood_of_warnings_is_left_out_and_counted() -> None:
    budget = LineBudget()
    written = [budget.filter(record(logging.WARNING, 1_000.0)) for _ in range(10 * LINES_AT_ONCE)]
    assert LINES_AT_ONCE == sum(written)
    assert not budget.filter(record(logging.ERROR, 1_000.0))
    assert budget.filter(record(logging.ERROR, 1_000.0, line=2))  # of another place
    assert budget.filter(record(logging.INFO, 1_000.0))
    later = record(logging.WARNING, 1_000.0 + 1 / LINES_PER_SECOND)
    assert budget.filter(later)
    assert {"left_out": 9 * LINES_AT_ONCE + 1} == later.__dict__["fields"]
    assert not budget.filter(record(logging.WARNING, 1_000.0 + 1 / LINES_PER_SECOND))
