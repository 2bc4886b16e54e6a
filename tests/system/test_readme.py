"""The README's commands do what it says, as they stand there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.processes import free_port
from support.waiting import eventually

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [
    re.sub(r"\s+#.*|\\\n\s*", "", command)
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)
]


def commands(start: str) -> list[str]:
    found = [command for command in COMMANDS if command.startswith(start)]
    assert found, f"the README has no command {start}"
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout to the README's commands."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "test_script.py").symlink_to(ROOT / "test_script.py")
    return folder


def environment(home: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "FRAUD"))}
    return ours | {"FRAUDCTL_HOME": str(home)}


def run(command: str, home: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=home, env=environment(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def promoted(home: Path) -> str:
    """What listing the registry prints once the README's own training was published and promoted."""
    for command in commands(".venv/bin/fraudctl train"):
        run(command, home)
    for command in commands(".venv/bin/fraudctl publish"):
        run(command, home)
    for command in commands(".venv/bin/fraudctl registry promote"):
        run(command, home)
    return run(commands(".venv/bin/fraudctl registry list")[0], home)


@pytest.fixture(scope="module")
def port(promoted: str, home: Path) -> Iterator[int]:
    """Where `make serve` serves the promoted release."""
    port = free_port()
    served = environment(home) | {"FRAUDCTL_PORT": str(port)}
    with subprocess.Popen(
        [".venv/bin/fraudctl", "serve"], cwd=home, env=served, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: httpx.get(f"http://localhost:{port}/health").status_code == 200, seconds=120)
            yield port
        finally:
            process.terminate()


@pytest.mark.timeout(400)
def test_training_publishing_and_promoting(promoted: str) -> None:
    assert "production" in promoted


@pytest.mark.timeout(400)
def test_judging_what_is_in_production_against_the_candidate(promoted: str, home: Path) -> None:
    del promoted
    said = run(f"{commands('.venv/bin/fraudctl judge')[0]} --sample 60000", home)
    assert "may replace" in said


@pytest.mark.timeout(400)
def test_the_curl_of_the_first_minute(port: int, home: Path) -> None:
    answer = run(commands("curl")[0].replace("9090", str(port)), home)
    assert '"prediction":"non-fraudulent"' in answer
    assert "did you mean grocery_net or grocery_pos?" in answer


@pytest.mark.timeout(400)
def test_the_traffic_script(port: int, home: Path) -> None:
    command = commands("BASE_URL=")[0].replace("9090", str(port))
    shorter = command.replace("--num_requests 1000 --delay 0.1", "--num_requests 50 --delay 0")
    assert "50 of 50 requests sent" in run(shorter, home)


def test_the_two_commands_are_targets_of_make() -> None:
    targets = (ROOT / "Makefile").read_text()
    assert {"make demo", "make test", "make install"} == {
        each for each in COMMANDS if each.startswith("make")
    }
    for target in ("demo", "test", "install"):
        assert re.search(rf"^{target}: ", targets, re.MULTILINE)
