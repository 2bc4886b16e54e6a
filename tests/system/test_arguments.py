"""Arguments of the programs: understood, or refused; never dropped."""

import subprocess
import sys
from pathlib import Path

import pytest

SERVERS = ("fraud_predictor", "fraud_transformer", "fraud_standalone")
PROGRAMS = (*SERVERS, "fraud_training", "wandb_local")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_what_kserve_appends_to_a_transformer_is_taken(tmp_path: Path) -> None:
    appended = (
        "--model_name",
        "fraud-r1",
        "--predictor_host",
        "fraud-r1-predictor.fraud",
        "--http_port",
        "8080",
    )
    done = run(tmp_path, "fraud_transformer", *appended)
    assert 1 == done.returncode
    assert "FRAUD_PREDICTOR" in done.stderr, "it goes on to its settings"


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_helps_and_does_nothing_else(tmp_path: Path, program: str) -> None:
    done = run(tmp_path, program, "--help")
    assert (0, "", []) == (done.returncode, done.stderr, list(tmp_path.iterdir()))
    assert "FRAUD_*" in done.stdout or f"python -m {program}" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        *((server, "--http_port", "1") for server in SERVERS),
        ("fraud_transformer", "--model_name"),
        ("fraud_transformer", "--model_name", "fraud", "--max_rows", "5"),
        ("fraud_training",),
        ("fraud_training", "--fast"),
        ("fraud_registry", "--help"),
        ("fraud_registry", "production_model:v0", "here"),
        ("fraud_registry.pods.production", "--help", "x", "y"),
    ],
    ids=" ".join,
)
def test_arguments_that_mean_nothing_are_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert (2, "", []) == (done.returncode, done.stdout, list(tmp_path.iterdir()))
    assert "Traceback" not in done.stderr
