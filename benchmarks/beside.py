"""What large requests do to single payments beside them: `PYTHONPATH=tests python benchmarks/beside.py`.

Single payments at fixed times, 200 a second, first alone; then while one caller sends requests of 10,000
rows, one after the other. The server has one core, the clients another.
"""

import argparse
import contextlib
import http.client
import json
import os
import sys
import tempfile
import threading
from pathlib import Path

import uvloop

from benchmarks.overload import Phase, open_loop
from support.load import GOOD
from support.processes import Process, started
from support.releases import write_release

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
    parser.add_argument("--pair", action="store_true", help="transformer and predictor instead of standalone")
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, started() as start:
        folders = write_release(Path(folder), mean=70.1)
        os.sched_setaffinity(0, {cores[-1]})  # what is started now inherits it
        settings: dict[str, object] = {"MODEL_DIR": folders.model, "PREPROCESSOR_DIR": folders.preprocessor}
        if given.pair:
            predictor = start("fraud_predictor", MODEL_DIR=folders.model)
            settings["PREDICTOR"] = f"127.0.0.1:{predictor.grpc_port}"
        process = start("fraud_transformer" if given.pair else "fraud_standalone", **settings)
        process.wait_ready()
        os.sched_setaffinity(0, {cores[0]})
        uvloop.run(open_loop(process, 1.0, _RATE))  # warms up
        alone = uvloop.run(open_loop(process, given.seconds, _RATE))
        beside_large, answered = beside(process, given.seconds)
        print(alone.told("alone", given.seconds))  # noqa: T201 - what the script is for
        print(beside_large.told("beside", given.seconds))  # noqa: T201 - same
        ratio = beside_large.p99(_OK) / alone.p99(_OK)
        print(f"p99 beside {answered.count(_OK)} requests of 10,000 rows is {ratio:.2f} times its normal")  # noqa: T201 - same
        return process.stop()


if __name__ == "__main__":
    sys.exit(main())
