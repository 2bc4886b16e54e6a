"""Large requests beside single payments: `PYTHONPATH=tests python -m benchmarks.overload.beside`.

Single payments at fixed times, 200 a second, first alone; then while one caller sends requests of 10,000
rows, one after the other. The server has one core, the clients another.
"""

import argparse
import contextlib
import http.client
import json
import sys
import threading

import uvloop

from benchmarks.overload.rejections import Phase, open_loop
from benchmarks.overload.served import add_options, served
from support.clients.load import GOOD
from support.processes import Process

_RATE = 200.0
_OK = 200


def send_large(process: Process, ended: threading.Event, answered: list[int]) -> None:
    """Send requests of 10,000 rows, one after the other, from a thread of its own."""
    body = json.dumps({"transactions": [GOOD] * 10_000})
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", process.http_port)) as connection:
        while not ended.is_set():
            connection.request("POST", "/predict/batch", body)
            response = connection.getresponse()
            response.read()
            answered.append(response.status)


def beside(process: Process, seconds: float) -> tuple[Phase, list[int]]:
    """Single payments while large requests follow one another, and what the latter were answered."""
    ended, answered = threading.Event(), list[int]()
    thread = threading.Thread(target=send_large, args=(process, ended, answered))
    thread.start()
    try:
        return uvloop.run(open_loop(process, seconds, _RATE)), answered
    finally:
        ended.set()
        thread.join()


def main() -> int:
    """Print both phases and the ratio of their 99th percentiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each phase")
    add_options(parser)
    given = parser.parse_args()
    with served(given) as process:
        uvloop.run(open_loop(process, 1.0, _RATE))  # warms up
        alone = uvloop.run(open_loop(process, given.seconds, _RATE))
        beside_large, answered = beside(process, given.seconds)
        print(alone.line("alone", given.seconds))
        print(beside_large.line("beside", given.seconds))
        ratio = beside_large.p99(_OK) / alone.p99(_OK)
        print(f"p99 beside {answered.count(_OK)} requests of 10,000 rows is {ratio:.2f} times its normal")
        return process.stop()


if __name__ == "__main__":
    sys.exit(main())
