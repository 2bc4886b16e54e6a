"""What overload does to accepted payments: `PYTHONPATH=tests python -m benchmarks.overload.rejections`.

First the normal: 64 clients, each of which sends its next payment after the answer to the last. Then three
times as many payments a second as were answered then, at fixed times, whether answers come or not; the
latency of each counts from the moment at which it was due. The server has one core, the clients another.
"""

import argparse
import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Final

import uvloop

from benchmarks.overload.served import add_options, served
from benchmarks.usage import cpu_seconds
from support.clients.load import GOOD
from support.processes import Process

_BODY: Final = json.dumps(GOOD).encode()
_REQUEST: Final = (
    b"POST /predict HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_BODY), _BODY)
)
_NORMAL_CLIENTS: Final = 64
_CONNECTIONS: Final = 1_024
_TICK: Final = 0.002
"""Seconds between two sendings; what is due meanwhile goes out together."""
_OK: Final = 200


class Client(asyncio.Protocol):
    """A kept connection with one request at a time."""

    def __init__(self, answered: Callable[["Client", int, float], None]) -> None:
        self._answered = answered
        self._transport: asyncio.Transport
        self._due = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready to send."""
        self._transport = transport  # type: ignore[assignment]  # create_connection gives one that writes

    def send(self, due: float) -> None:
        """Send a payment that was due at `due` of `perf_counter`: the loop's clock has whole milliseconds."""
        self._due = due
        self._transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Record the answer once it is whole."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) == int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._received = b""
            self._answered(self, int(head[9:12]), perf_counter() - self._due)


@dataclass
class Phase:
    """Latencies in seconds by status, and what was due but never sent for want of an idle connection."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0

    def add(self, status: int, seconds: float) -> None:
        """Count an answer."""
        self.seconds.setdefault(status, []).append(seconds)

    def p99(self, status: int) -> float:
        """99th percentile of the latency of answers with `status`, in seconds."""
        return quantiles(self.seconds[status], n=100)[98]

    def line(self, name: str, lasted: float) -> str:
        """A line for each status."""
        lines = [
            f"{name:>9}  {status}: {len(each) / lasted:8.0f}/s"
            f"   p50 {median(each) * 1000:7.1f} ms   p99 {self.p99(status) * 1000:7.1f} ms"
            for status, each in sorted(self.seconds.items())
        ]
        return "\n".join(
            [*lines, f"{name:>9}  unsent: {self.unsent / lasted:.0f}/s"] if self.unsent else lines
        )


async def clients(
    process: Process, number: int, answered: Callable[[Client, int, float], None]
) -> list[Client]:
    """Connected clients."""
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Client(answered), "127.0.0.1", process.http_port)
        for _ in range(number)
    ]
    return [client for _, client in made]


async def closed_loop(process: Process, seconds: float) -> Phase:
    """Every client sends again as soon as it is answered."""
    phase, end = Phase(), perf_counter() + seconds

    def answered(client: Client, status: int, took: float) -> None:
        phase.add(status, took)
        if perf_counter() < end:
            client.send(perf_counter())

    for each in await clients(process, _NORMAL_CLIENTS, answered):
        each.send(perf_counter())
    await asyncio.sleep(seconds + 0.5)
    return phase


async def open_loop(process: Process, seconds: float, rate: float) -> Phase:
    """Payments at fixed times, whatever becomes of them."""
    phase = Phase()
    idle: deque[Client] = deque()

    def answered(client: Client, status: int, took: float) -> None:
        phase.add(status, took)
        idle.append(client)

    idle.extend(await clients(process, _CONNECTIONS, answered))
    start = perf_counter()
    sent = 0
    while (now := perf_counter()) < start + seconds:
        while sent < (now - start) * rate:
            if idle:
                idle.popleft().send(start + sent / rate)
            else:
                phase.unsent += 1
            sent += 1
        await asyncio.sleep(_TICK)
    await asyncio.sleep(0.5)
    return phase


def cpu(process: Process) -> float:
    """Seconds of processor time that the server has taken."""
    return cpu_seconds([process.popen.pid])


def measure(process: Process, seconds: float, times: float) -> float:
    """How many times its normal the accepted p99 is under overload; prints both phases."""
    uvloop.run(closed_loop(process, 1.0))  # warms up
    before = cpu(process)
    normal = uvloop.run(closed_loop(process, seconds))
    print(f"   server's CPU: {cpu(process) - before:.2f} s")
    print(normal.line("normal", seconds))
    before = cpu(process)
    over = uvloop.run(open_loop(process, seconds, times * len(normal.seconds[_OK]) / seconds))
    print(over.line(f"{times:g} times", seconds))
    print(f"   server's CPU: {cpu(process) - before:.2f} s")
    return over.p99(_OK) / normal.p99(_OK)


def main() -> None:
    """Measure the all-in-one process, or the pair."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each phase")
    parser.add_argument("--times", type=float, default=3.0, help="of capacity")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="FRAUD_* of the transformer")
    add_options(parser)
    given = parser.parse_args()
    settings = dict(each.split("=", 1) for each in given.settings)
    with served(given, settings) as process:
        ratio = measure(process, given.seconds, given.times)
        print(f"accepted p99 is {ratio:.2f} times its normal")
        sys.exit(process.stop())


if __name__ == "__main__":
    main()
