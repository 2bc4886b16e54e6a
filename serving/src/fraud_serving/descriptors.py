"""How many files and sockets the system lets this process open."""

import logging
import resource
from typing import Final

_log = logging.getLogger(__name__)

_PLENTY: Final = 1 << 20
"""Open files to ask for where the system sets no bound."""
_OWN: Final = 128
"""Kept free for artifacts, calls of the predictor and logs."""


def connections_within(wanted: int, share: float) -> int:
    """`wanted` connections, or as many as `share` of the descriptors allows.

    Shares of all ports add up to one, so that a port that is full takes nothing from the others. Raises the
    soft limit as far as it goes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        soft = _PLENTY if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = max(1, int((soft - _OWN) * share))
    if wanted > allowed:
        _log.info("The system allows %d open files; taking at most %d connections", soft, allowed)
    return min(wanted, allowed)
