"""What processes use, as Linux counts it in /proc."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
_KIB_PER_MIB: Final = 1024
_OWN: Final = 11
_ENDED: Final = 13
"""Fields of /proc/PID/stat behind the command's name: times of the process, times of children that ended."""
_IDLE: Final = slice(3, 5)
"""Of a core's times: idle, and idle while a disk works."""
_COUNTED: Final = 8
"""Of a core's times: the rest, those of guests, is part of the first two."""


def tree(root: int) -> list[int]:
    """The process and all its descendants that live."""
    found = [root]
    for each in found:  # grows meanwhile
        for children in _PROC.glob(f"{each}/task/*/children"):
            found += map(int, children.read_text().split())
    return found


def cpu_seconds(processes: Sequence[int]) -> float:
    """User and system time so far, of all their threads."""
    return sum(_ticks((_PROC / f"{each}/stat").read_text()) for each in processes) * _TICK


def _ticks(stat: str) -> int:
    """User and system time in a line of /proc/PID/stat; its second field, in brackets, may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[_OWN]) + int(fields[_OWN + 1])


def own_and_ended(process: int) -> tuple[float, float]:
    """User and system time so far of the process itself, and of its children that ended and theirs."""
    fields = (_PROC / f"{process}/stat").read_text().rpartition(")")[2].split()
    own, ended = (sum(map(int, fields[at : at + 2])) * _TICK for at in (_OWN, _ENDED))
    return own, ended


def pss_mebibytes(processes: Sequence[int]) -> float:
    """Proportional set size: memory of their own, and their share of what they share with others."""
    return sum(_pss((_PROC / f"{each}/smaps_rollup").read_text()) for each in processes) / _KIB_PER_MIB


def _pss(rollup: str) -> int:
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def busy_seconds(core: int) -> float:
    """Time in which the core was not idle so far, whoever used it."""
    return _busy((_PROC / "stat").read_text(), core) * _TICK


def _busy(stat: str, core: int) -> int:
    line = next(line for line in stat.splitlines() if line.startswith(f"cpu{core} "))
    times = [int(each) for each in line.split()[1 : _COUNTED + 1]]
    return sum(times) - sum(times[_IDLE])
