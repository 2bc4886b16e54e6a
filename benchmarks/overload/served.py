"""The process that a script measures, alone on its core, and the options for it."""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cores import Cores
from benchmarks.release import train_apart
from support.processes import Process, started


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that `served` takes."""
    parser.add_argument("--pair", action="store_true", help="transformer and predictor instead of standalone")
    parser.add_argument(
        "--release", type=Path, help="as `fraudctl train` leaves it; else the full model is trained"
    )


@contextmanager
def served(given: argparse.Namespace, settings: Mapping[str, object] | None = None) -> Iterator[Process]:
    """The all-in-one process or the transformer, ready; the caller's process is on the other core.

    `settings` are `FRAUD_*` of it. Raises `BenchmarkError` without two cores or a release.
    """
    cores = Cores.choose()
    with tempfile.TemporaryDirectory() as folder, started() as start:
        release = given.release or train_apart(Path(folder) / "release")
        model = release / "production_model"
        own: dict[str, object] = {"MODEL_DIR": model, "PREPROCESSOR_DIR": release / "preprocessor"}
        cores.onto_the_servers()  # what is started now inherits it
        if given.pair:
            predictor = start("fraud_predictor", MODEL_DIR=model)
            own["PREDICTOR"] = f"127.0.0.1:{predictor.grpc_port}"
        module = "fraud_transformer" if given.pair else "fraud_standalone"
        process = start(module, **own, **(settings or {}))
        process.wait_ready()
        cores.stay_off_the_servers()
        yield process
