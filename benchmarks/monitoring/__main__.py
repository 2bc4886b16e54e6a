"""`python -m benchmarks.monitoring RELEASE`: the table of alerts, of a release in the folder of a training.

Each day ends with a look at the last day and the last week, as the monitor takes them, and with the limits
that it has by default. An alert that stays, or comes back within a week, is one alert.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.monitoring.payments import SHIFTS, Draw, Payments
from benchmarks.monitoring.release import Release
from fraud_monitor.core.judgement import Judgement, Limits, References, judge
from fraud_monitor.core.profile import DAY, HOUR, History, Hour, Profile
from fraud_training.data.repository import Window

_DAYS_OF_YEAR: Final = 365
_YEARS: Final = 5
_WEEK: Final = 7
_UNCHANGED: Final = ("no false alert", "false alert")
_SHIFTED: Final = ("missed", "detected")
"""Verdicts, of no alert and of one."""
_SHOWN: Final = ("amount", "hour", "day_of_week", "category", "score")
"""Whose highest index of a week is shown."""


def judgements(profiles: Iterator[Profile], references: References) -> Iterator[Judgement]:
    """The judgement at the end of each day, whose payments stand in its last hour."""
    hours: list[Hour] = []
    for day, profile in enumerate(profiles):
        begins = day * DAY * HOUR
        hours += [Hour(begins=begins + each * HOUR, profile=Profile()) for each in range(DAY - 1)]
        hours.append(Hour(begins=begins + (DAY - 1) * HOUR, profile=profile))
        hours = hours[-7 * DAY :]
        yield judge(History(hours=tuple(hours)), references, Limits())


def onsets(found: list[Judgement]) -> list[tuple[int, str]]:
    """Day and cause of every alert that was not there in the week before."""
    begun, last = list[tuple[int, str]](), -_WEEK
    for day, each in enumerate(found):
        if each.alerts:
            if day - last >= _WEEK:
                span, cause = next(iter(each.alerts.items()))
                begun.append((day, f"{cause} (by {span})"))
            last = day
    return begun


def main() -> None:
    """Print the table."""
    release = Release(Path(sys.argv[1]))
    draw = np.random.default_rng(7)
    print(f"| payments | days | verdict | alerts | days with one | first alert | {' | '.join(_SHOWN)} |")
    print("|---|---:|---|---:|---:|---|---:|---:|---:|---:|---:|")
    real = {
        "2019-01 to 2020-03, fitted on": [Window.TRAIN],
        "2020-04 to 2020-09": [Window.VALIDATION, Window.EVALUATION],
        "2020-10 to 2020-12": [Window.TRAFFIC],
    }
    for name, windows in real.items():
        _report(name, _UNCHANGED, release, Payments.of(*windows))
    evaluation, traffic = Payments.of(Window.EVALUATION), Payments.of(Window.TRAFFIC)
    for year in range(_YEARS):
        _report(f"a year without change, {year + 1}", _UNCHANGED, release, _unchanged(evaluation, draw))
    for name, shift in SHIFTS.items():
        _report(f"2020-10 to 2020-12, {name}", _SHIFTED, release, shift(traffic, draw))


def _unchanged(payments: Payments, draw: Draw) -> Payments:
    """A year in which each day's payments are drawn from all those of its day of the week."""
    weeks = len(np.unique(payments.days)) / _WEEK
    parts = []
    for day in range(_DAYS_OF_YEAR):
        alike = np.flatnonzero(payments.weekdays == day % _WEEK)
        parts.append(draw.choice(alike, round(len(alike) / weeks)))
    days = np.repeat(np.arange(_DAYS_OF_YEAR), [len(part) for part in parts])
    return replace(payments.take(np.concatenate(parts)), days=days)


def _report(name: str, verdicts: tuple[str, str], release: Release, payments: Payments) -> None:
    found = list(judgements(release.profiles(payments), release.references))
    begun = onsets(found)
    verdict = verdicts[bool(begun)]
    alerting = sum(bool(each.alerts) for each in found)
    first = f"day {begun[0][0] + 1}: {begun[0][1]}" if begun else "none"
    highest = dict[str, float]()
    for each in found[_WEEK - 1 :]:
        for drift in each.drifts:
            if drift.span == "week" and drift.psi is not None:
                highest[drift.name] = max(highest.get(drift.name, 0.0), drift.psi)
    shown = " | ".join(f"{highest[each]:.4f}" for each in _SHOWN)
    told = f"{verdict} | {len(begun)} | {alerting} | {first}"
    print(f"| {name} | {len(found)} | {told} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
