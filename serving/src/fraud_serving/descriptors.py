"""How many files and sockets the system lets this process open."""

import logging
import resource
from typing import Final

_log = logging.getLogger(__name__)

_OWN: Final = 512
"""Kept free for artifacts, gRPC and the admin port, so that liveness answers when payments' port is full."""


def connections_within(wanted: int) -> int:
    """`wanted` connections, or as many as descriptors allow; raises the soft limit as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        soft = wanted + 2 * _OWN if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = max(1, soft - _OWN)
    if wanted > allowed:
        _log.warning("The system allows %d open files; taking at most %d connections", soft, allowed)
    return min(wanted, allowed)
