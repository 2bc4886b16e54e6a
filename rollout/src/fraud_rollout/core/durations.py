"""How long a rollout worked, and what it waited for."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from fraud_rollout.core.state.phase import ENDS, FOR_PEOPLE, Phase
from fraud_rollout.core.state.record import Record, Span


class Spent(StrEnum):
    """What the time of a span went to."""

    WORKING = "working"
    """Starting pods, asking golden rows and labelled payments, moving traffic and aliases."""
    EVIDENCE = "evidence"
    """Waiting for payments or requests, or for what is away to come back."""
    PEOPLE = "people"


_WAITING: Final = frozenset({Phase.SHADOW, Phase.CANARY, Phase.SOAK})


def spent_on(span: Span) -> Spent:
    """What the time of a span went to; a hold's by its cause."""
    if span.cause is not None:
        return Spent.PEOPLE if span.cause in FOR_PEOPLE else Spent.EVIDENCE
    return Spent.EVIDENCE if span.phase in _WAITING else Spent.WORKING


def durations(record: Record) -> Mapping[Spent, timedelta]:
    """From its creation to its end, or to its present phase; spans that are not kept are missing."""
    total = dict.fromkeys(Spent, timedelta())
    for span in record.spans:
        if span.ended is not None and span.phase not in ENDS:
            total[spent_on(span)] += span.ended - span.begun
    return total


def described(record: Record) -> str:
    """`51 s working, 25 s waiting for evidence, 0 s waiting for people`."""
    seconds = {name: round(each.total_seconds()) for name, each in durations(record).items()}
    working, *waiting = (f"{seconds[each]:,} s" for each in Spent)
    return f"{working} working, {waiting[0]} waiting for evidence, {waiting[1]} waiting for people"
