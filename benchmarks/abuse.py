"""What hostile clients do to liveness and memory: `PYTHONPATH=tests python benchmarks/abuse.py`.

A 57 MB body, a stream of 1 GB, 500 slow heads and as many slow bodies, 10,000 idle connections: meanwhile
the admin port's liveness is asked every 20 ms. The limit of open files is raised as far as it goes.
"""

import argparse
import contextlib
import os
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import httpx

from support.processes import Process, started
from support.releases import write_release

_MIB: Final = 1 << 20
_HEAD: Final = b"POST /predict HTTP/1.1\r\nhost: fraud\r\n"
_SLOW: Final = 500
_HOLD: Final = 5.0
"""Seconds that connections are held while liveness is asked."""

Abuse = Callable[[Process, contextlib.ExitStack], str]


def connected(process: Process, stack: contextlib.ExitStack) -> socket.socket:
    """A connection that ends with the stack."""
    return stack.enter_context(socket.create_connection(("127.0.0.1", process.http_port), timeout=30))


def sent(client: socket.socket, piece: bytes, amount: int) -> str:
    """How much could be sent before the server closed."""
    total = 0
    with contextlib.suppress(ConnectionError):
        while total < amount:
            client.sendall(piece)
            total += len(piece)
    return f"{total / _MIB:.0f} MiB sent"


def large_body(process: Process, stack: contextlib.ExitStack) -> str:
    """57 MB, announced."""
    client = connected(process, stack)
    client.sendall(_HEAD + b"content-length: %d\r\n\r\n" % (57 * _MIB))
    return sent(client, b" " * _MIB, 57 * _MIB)


def stream(process: Process, stack: contextlib.ExitStack) -> str:
    """1 GB in chunks."""
    client = connected(process, stack)
    client.sendall(_HEAD + b"transfer-encoding: chunked\r\n\r\n")
    return sent(client, b"100000\r\n" + b" " * _MIB + b"\r\n", 1024 * _MIB)


def slow(process: Process, stack: contextlib.ExitStack) -> str:
    """Heads and bodies that do not go on."""
    for number in range(2 * _SLOW):
        client = connected(process, stack)
        client.sendall(_HEAD + b"content-length: 1000\r\n\r\n{" if number % 2 else _HEAD)
    time.sleep(_HOLD)
    return f"{_SLOW} heads, {_SLOW} bodies"


def idle(number: int) -> Abuse:
    """Connections on which nothing is sent."""

    def abuse(process: Process, stack: contextlib.ExitStack) -> str:
        for _ in range(number):
            connected(process, stack)
        time.sleep(_HOLD)
        return f"{number} connections"

    return abuse


@contextlib.contextmanager
def liveness(process: Process) -> Iterator[list[float]]:
    """Seconds of each probe meanwhile."""
    took: list[float] = []
    ended = threading.Event()

    def probe() -> None:
        with httpx.Client(timeout=30, trust_env=False) as client:
            while not ended.wait(0.02):
                start = time.perf_counter()
                client.get(process.ready_url.replace("/ready", "/live")).raise_for_status()
                took.append(time.perf_counter() - start)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


def memory(process: Process) -> float:
    """Resident MiB."""
    pages = Path(f"/proc/{process.popen.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / _MIB


def main() -> int:
    """Print a line for each abuse."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=10_000, help="idle ones")
    number = parser.parse_args().connections
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    abuses = {"large body": large_body, "stream": stream, "slow": slow, "idle": idle(number)}
    with tempfile.TemporaryDirectory() as folder, started() as start:
        folders = write_release(Path(folder), mean=70.1)
        process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
        process.wait_ready()
        print(f"at rest: {memory(process):.0f} MiB")
        for name, abuse in abuses.items():
            with contextlib.ExitStack() as stack, liveness(process) as took:
                time.sleep(1)
                done = abuse(process, stack)
                resident = memory(process)
            p99 = quantiles(took, n=100)[98]
            print(
                f"{name}: {done}; liveness p50 {median(took) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, "
                f"worst {max(took) * 1000:.1f} ms; {resident:.0f} MiB"
            )
        return process.stop()


if __name__ == "__main__":
    sys.exit(main())
