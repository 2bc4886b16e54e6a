"""`fraudctl` as a program: help, exit codes, errors, and the reference made from it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.fraudctl import fraudctl


def test_help_answers_at_once(tmp_path: Path) -> None:
    """Measured in processor time, which a busy machine does not stretch."""
    fraudctl(tmp_path, "--help")
    before = os.times()
    done = fraudctl(tmp_path, "--help")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert (done.returncode, spent < 2) == (0, True)
    assert "exit codes:" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, fraudctl.main; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"import json; {code}"], capture_output=True, check=True)
    imported = set(json.loads(done.stdout))
    assert imported.isdisjoint({"pandas", "sklearn", "xgboost", "wandb", "kserve", "numpy", "pydantic"})


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("train", "--fast"), ("demo", "--port", "99999"), ("publish",)], ids=str
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = fraudctl(tmp_path, *arguments)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (2, "", False)


def test_simulate_takes_the_script_s_options_and_its_exit_codes(tmp_path: Path) -> None:
    away = fraudctl(tmp_path, "simulate", "--num_requests", "5", BASE_URL="http://127.0.0.1:1")
    assert (away.returncode, away.stderr.startswith("error: no service at http://127.0.0.1:1")) == (3, True)
    assert fraudctl(tmp_path, "simulate", "--num_requests", "none").returncode == 2


def test_an_error_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    done = fraudctl(tmp_path, "publish", str(tmp_path / "nowhere"))
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(":")[0] for line in done.stderr.splitlines() if "error" in line] == ["error"]
    assert "Pipeline file not found" in done.stderr


def test_a_placeholder_for_the_key_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WANDB_API_KEY=your-api-key # from wandb.ai/authorize\n")
    done = fraudctl(tmp_path, "registry", "list")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "WANDB_API_KEY is still the placeholder" in done.stderr


def test_versions_are_printed_for_programs_too(tmp_path: Path) -> None:
    done = fraudctl(tmp_path, "version", "-o", "json")
    assert "missing" not in json.loads(done.stdout).values()
