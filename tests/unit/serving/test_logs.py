"""Log lines for people: one a record, and nobody's text passes for another's."""

import logging

from fraud_serving.logs import TextFormatter


def line(**fields: object) -> str:
    record = logging.LogRecord("fraud.test", logging.INFO, __file__, 1, "request", None, None)
    record.fields = fields
    return TextFormatter().format(record).partition("INFO ")[2]


def test_plain_words_are_told_as_they_are() -> None:
    assert "fraud.test request route=/v2/{version} status=200 ms=0.5" == line(
        route="/v2/{version}", status=200, ms=0.5
    )


def test_a_callers_text_makes_neither_lines_nor_fields() -> None:
    forged = 'T-1 status=200\n2026-01-01 ERROR root "forged"\u2028'
    told = line(transaction_id=forged, status=503)
    assert ["fraud.test"] == [each.split()[0] for each in told.splitlines()]
    assert told.endswith('"T-1 status=200\\n2026-01-01 ERROR root \\"forged\\"\\u2028" status=503')
