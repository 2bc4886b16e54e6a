"""Whether stopping loses requests: `PYTHONPATH=tests python -m benchmarks.overload.terminations --count 200`.

Each time a process under load over HTTP and gRPC gets a SIGTERM at a random moment; its clients go away a
tenth of a second after it says that it is not ready. A transformer and an all-in-one process take turns.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from support.artifacts.releases import Folders, write_release
from support.clients.load import Load, terminate_under_load
from support.processes import Start, started


def terminated(start: Start, folders: Folders, number: int, predictor_port: int, after: float) -> Load:
    """What clients saw of the end of one process."""
    own = {"MODEL_DIR": folders.model, "PREPROCESSOR_DIR": folders.preprocessor, "LINGER": 1}
    if number % 2:
        process = start("fraud_standalone", **own)
    else:
        process = start("fraud_transformer", **own, PREDICTOR=f"127.0.0.1:{predictor_port}")
    process.wait_ready(60)
    return terminate_under_load(process, after)


def main() -> int:
    """Exit code: 0, or 1 if a request was lost or a process did not end with status 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="terminations")
    count = parser.parse_args().count
    answers, lost, statuses = Counter[str](), list[str](), Counter[int]()
    with tempfile.TemporaryDirectory() as folder, started() as start:
        folders = write_release(Path(folder), mean=70.1)
        predictor = start("fraud_predictor", MODEL_DIR=folders.model)
        predictor.wait_ready()
        for number, after in enumerate(np.random.default_rng().uniform(0, 0.5, count)):
            load = terminated(start, folders, number, predictor.grpc_port, float(after))
            answers += load.answers
            lost += load.lost
            statuses[load.process.popen.returncode] += 1
    print(f"{count} terminations: {dict(answers)} answers, exit statuses {dict(statuses)}")
    print(f"lost: {len(lost)} {Counter(lost)}")
    return 1 if lost or set(statuses) != {0} else 0


if __name__ == "__main__":
    sys.exit(main())
