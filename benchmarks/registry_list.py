"""`python -m benchmarks.registry_list FOLDER`: how long `fraudctl registry list` takes, for docs/how-to.

Publishes ten small releases into the embedded registry of the workspace FOLDER, unless it holds them already,
and lists them from new processes: with the registry starting for each, and with it running.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from support.artifacts.training_output import write_training_output
from support.fraudctl import FRAUDCTL, environment

VERSIONS: Final = 10
TIMES: Final = 7


def main(arguments: Sequence[str]) -> int:
    """Print the median and the longest of both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry_list", description=__doc__)
    parser.add_argument("folder", type=Path, help="workspace, made if needed")
    parser.add_argument("--prepare", action="store_true", help="publish only; to be measured later")
    options = parser.parse_args(arguments)
    home: Path = options.folder.resolve()
    if not home.exists():
        _publish(home)
    if options.prepare:
        return 0
    _print("the registry is started for it", [_seconds(home) for _ in range(TIMES)])
    with embedded(home / "var" / "wandb"):
        _print("the registry runs", [_seconds(home) for _ in range(TIMES)])
    return 0


def _publish(home: Path) -> None:
    with embedded(home / "var" / "wandb") as account:
        for number in range(VERSIONS):
            publish(account, write_training_output(home / "releases" / str(number), 60.0 + number))


def _seconds(home: Path) -> float:
    begun = time.monotonic()
    listed = subprocess.run(  # noqa: S603 - our own command
        [FRAUDCTL, "registry", "list"], env=environment(home), capture_output=True, text=True, check=True
    )
    seconds = time.monotonic() - begun
    if len(listed.stdout.splitlines()) != VERSIONS + 1:
        raise BenchmarkError(f"{VERSIONS} releases and a heading were expected: {listed.stdout}")
    return seconds


def _print(what: str, seconds: Sequence[float]) -> None:
    print(
        f"{what}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s of {len(seconds)}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
