"""How much is made up, and what no answer may hold."""

import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hypothesis import HealthCheck, settings

from benchmarks.hostile.limits import MAX_MIB
from benchmarks.hostile.usage import Usage

CASES: Final = int(os.environ.get("FUZZ_CASES", "40"))
"""Made-up requests for each route; `make fuzz` sends more."""
_INNER: Final = re.compile(
    r"Traceback|\w+Error:|site-packages|127\.0\.0\.1|localhost|/home/|/mnt/|/tmp/|\.py\b|pydantic|xgboost\.core"
)

many: Final = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def leaked(answer: str, sent: bytes | bytearray) -> set[str]:
    """What an answer tells of our insides, beside what its caller sent: made-up names are any text."""
    return set(_INNER.findall(answer)) - set(_INNER.findall(sent.decode(errors="replace")))


@contextmanager
def little_memory_of(pid: int) -> Iterator[None]:
    """Fails where a process takes more memory meanwhile than docs/security.md gives to one request."""
    usage = Usage(pid)
    usage.reset_peak()
    before = usage.resident()
    yield
    assert usage.peak() - before <= MAX_MIB


@contextmanager
def little_memory() -> Iterator[None]:
    """The same of this process, which has not reached its highest before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 <= MAX_MIB
