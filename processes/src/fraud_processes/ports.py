"""Ports of this machine: who has one, which are free."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from typing import Any, Final

import psutil

from fraud_processes.errors import PortInUse

_UNPRIVILEGED: Final = range(1024, 65_536)
_CHOSEN: Final = range(10_000, 18_000)
"""Below the ports that systems give to connections, of which one might come before the port is opened."""
_APART: Final = 8
_STEP: Final = 1_009
"""Without a common divisor with the number of ports, so that each is met once."""


@dataclass(frozen=True)
class Owner:
    """The process that listens on a port."""

    pid: int
    name: str


def require_free(port: int, host: str, advice: str) -> None:
    """Raise `PortInUse` unless `port` can be opened on `host`; `advice` says how to choose another one."""
    problem = _problem(host, port)
    if problem is None and _problem("::1", port) == errno.EADDRINUSE:
        problem = errno.EADDRINUSE  # `localhost` would lead there, before it leads to us
    if problem is None:
        return
    if problem != errno.EADDRINUSE:
        raise PortInUse(f"port {port} on {host} cannot be opened: {os.strerror(problem)}. {advice}")
    found = owner(port)
    by = f" by pid {found.pid} ({found.name})" if found else ""
    stop = f"Stop it (kill {found.pid}), or " if found else ""
    raise PortInUse(
        f"port {port} is in use{by}. {stop}{advice[0].lower() if stop else advice[0]}{advice[1:]}"
    )


def is_free(port: int, host: str) -> bool:
    """Whether `port` can be opened on `host`."""
    return _problem(host, port) is None


def any_free(count: int) -> tuple[int, ...]:
    """`count` different free ports of the loopback interface, each time others.

    Raises:
        PortInUse: there are not so many.
    """
    round_of_all = islice(_order(os.getpid()), len(_CHOSEN))
    ports = tuple(islice((port for port in round_of_all if is_free(port, "127.0.0.1")), count))
    if len(ports) < count:
        raise PortInUse(
            f"no {count} ports of {_CHOSEN[0]} to {_CHOSEN[-1]} are free. Stop what listens there."
        )
    return ports


@cache
def _order(pid: int) -> Iterator[int]:
    """All of `_CHOSEN` again and again, beginning elsewhere in each process.

    Between the choice of a port and its use lie seconds, in which other processes choose as well: the first
    eight choices of two processes are never the same where their ids are less than a thousand apart.
    """
    return cycle([_CHOSEN[(_APART * pid + _STEP * each) % len(_CHOSEN)] for each in range(len(_CHOSEN))])


def preferred(port: int, host: str) -> int:
    """`port` if there is such a port and it is free, else any free one."""
    return port if port in _UNPRIVILEGED and is_free(port, host) else any_free(1)[0]


def owner(port: int) -> Owner | None:
    """Who listens on `port`; None where that cannot be found out (another user's process)."""
    with suppress(psutil.Error):
        for each in _listening(psutil.net_connections("tcp"), port):
            if each.pid is not None:
                return Owner(each.pid, psutil.Process(each.pid).name())
    return None


def listens(pid: int, port: int) -> bool:
    """Whether it is the process `pid` that listens on `port`; assumed where that may not be asked."""
    try:
        return any(_listening(psutil.Process(pid).connections("tcp"), port))
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def _listening(connections: Iterable[Any], port: int) -> Iterable[Any]:
    return (each for each in connections if each.status == psutil.CONN_LISTEN and each.laddr.port == port)


def _problem(host: str, port: int) -> int | None:
    """The error number that opening the port gives."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno
    return None
