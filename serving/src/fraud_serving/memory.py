"""Resident memory: what the C library has free goes back to the machine.

Requests that come by the hundred leave free pieces in its heaps, of which each thread has one, with a few
that are in use between and above them. glibc returns only what lies free at a heap's end, and once something
large was freed only where that is large, too: after hostile callers it kept 130 MiB of which nothing was in
use, and more after each kind of them.
"""

import asyncio
import ctypes
import os
from itertools import count
from pathlib import Path
from typing import Final

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of mallopt(3)."""
END: Final = 4 << 20
"""Bytes at the end of a heap that stay when they are free, and from which a buffer lies outside the heaps."""
INTERVAL: Final = 5.0
"""Seconds between two looks at the resident memory."""
GROWN: Final = 8 << 20
"""Bytes by which it has grown where it is worth the milliseconds that giving back takes."""
SELDOM: Final = 4
"""Looks from one giving back to the next without further growth: what was in use at the first may be free by
then."""
_STATM: Final = Path("/proc/self/statm")


def fix_thresholds() -> None:
    """Fix what glibc else raises, to 32 and 64 MiB, with what is freed; other C libraries have neither."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, END)
        mallopt(_M_TRIM_THRESHOLD, END)


async def give_back(interval: float = INTERVAL) -> None:
    """Return what lies free between pieces in use, whenever memory has grown, until cancelled.

    Looks every `interval` seconds; returns at once where the C library is not glibc.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return
    least = level = resident()
    for look in count(1):
        await asyncio.sleep(interval)
        now = resident()
        least, level = min(least, now), min(level, now)
        if now - level >= GROWN or (look % SELDOM == 0 and now - least >= GROWN):
            await asyncio.to_thread(trim, 0)  # beside the event loop: ctypes lets go of the interpreter
            level = resident()


def resident() -> int:
    """Bytes of this process that are in the machine's memory (proc(5): statm)."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
