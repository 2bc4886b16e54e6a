"""`python -m fraud_training FOLDER`: a release, fully trained, as the build of an image needs it."""

import argparse
import sys
from pathlib import Path

from fraud_contract.errors import FraudError
from fraud_contract.plain_text import plain
from fraud_training.plan.plan import Plan
from fraud_training.train import train


class _Lines:
    """A `Progress` that says each stage in a line."""

    def stage(self, name: str) -> None:
        print(name, flush=True)  # noqa: T201 - the program's output

    def advance(self, done: int, total: int) -> None:
        """Print nothing: a build's log is no terminal."""


def main() -> int:
    """Exit code of a training: 0, 1 where it fails, 2 for unusable arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m fraud_training",
        description="Train a release on the repository's data, fully; `fraudctl train` has more choices.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="new folder to write the release to")
    options, unknown = parser.parse_known_args()
    if unknown:
        parser.error(f"no option here: {' '.join(unknown)}; `fraudctl train` has options")
    try:
        release = train(Plan.full(), options.folder, _Lines())
    except FraudError as error:
        print(f"error: {plain(error.message)}", file=sys.stderr)  # noqa: T201 - the program's output
        return 1
    print(f"model {release.model_digest[:12]}, preprocessor {release.preprocessor_digest[:12]}")  # noqa: T201 - same
    return 0


if __name__ == "__main__":
    sys.exit(main())
