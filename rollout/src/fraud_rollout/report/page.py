"""A record as an HTML page: no script, nothing from the network, A4 when printed."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from fraud_contract.plain_text import plain
from fraud_rollout.core import durations
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.details import Details
from fraud_rollout.report import pictures, sentence, tables

LARGEST: Final = 500_000
"""Bytes of a page."""


def _seen(value: object) -> object:
    """What a template writes: names and reasons of others without what turns or hides letters."""
    markup = hasattr(value, "__html__")  # of a macro, whose values were seen to
    return plain(value) if isinstance(value, str) and not markup else value


_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("fraud_rollout.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_seen,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(record: Record, details: Details) -> str:
    """The report; equal arguments give the same page."""
    return _ENVIRONMENT.get_template("page.html").render(
        record=record,
        details=details,
        tone=sentence.tone(record, details),
        verdict=sentence.sentence(record, details),
        gates=tables.gate_table(record, details),
        figures=tables.figure_table(record),
        categories=tables.category_table(record.evaluation),
        evidence=pictures.evidence_paths(record, details),
        timeline=None if details.offline else pictures.timeline(record),
        durations=durations.described(record),
        scatter=pictures.score_scatter(details.pairs),
        flips=pictures.flips_by_amount(details.pairs),
        curves=pictures.evaluation_curves(details),
        common_tools=tables.common_tools(record),
        blind_spots=tables.blind_spots(record, details),
        guarantees=tables.guarantees(record),
    )
