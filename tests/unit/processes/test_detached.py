"""DetachedProcesses that outlive who started them, found again by what the kernel knows of them."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fraud_processes.detached import DetachedProcesses, alive
from fraud_processes.program import Program
from support.waiting import eventually

SLEEP = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(60)"), dict(os.environ))
START = """
import os, subprocess, sys
from pathlib import Path
from fraud_processes.detached import DetachedProcesses
from fraud_processes.program import Program
folder = Path(sys.argv[1])
program = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(60)"), dict(os.environ))
DetachedProcesses(folder, folder / "log").start(program)
os.kill(os.getpid(), 9)
"""
START_AND_DIE = START.replace(
    "DetachedProcesses(folder",
    """
popen = subprocess.Popen
def killed(*arguments, **options):
    popen(*arguments, **options)
    os.kill(os.getpid(), 9)
subprocess.Popen = killed
DetachedProcesses(folder""",
)
"""Killed as soon as the process is there, before anything can be written down."""


@pytest.fixture
def processes(tmp_path: Path) -> DetachedProcesses:
    return DetachedProcesses(tmp_path, tmp_path / "log")


@pytest.mark.parametrize("code", [START, START_AND_DIE], ids=["later", "at once"])
def test_a_process_is_found_after_the_one_that_started_it_was_killed(
    processes: DetachedProcesses, tmp_path: Path, code: str
) -> None:
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    found = eventually(lambda: processes.find("sleeper"), seconds=10)
    assert -signal.SIGKILL == killed.returncode
    assert ["sleeper"] == [each.name for each in processes.all()]
    processes.stop("sleeper", 5)
    assert found is not None
    assert (None, False) == (processes.find("sleeper"), alive(found))


def test_two_starts_at_once_give_one_process(processes: DetachedProcesses) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = {each.pid for each in pool.map(lambda _: processes.start(SLEEP), range(4)) if each}
    [found] = processes.all()
    assert started <= {found.pid}
    assert found == processes.start(SLEEP)
    processes.stop("sleeper", 5)


def test_another_process_with_the_same_pid_is_not_taken_for_it(
    processes: DetachedProcesses, tmp_path: Path
) -> None:
    started = processes.start(SLEEP)
    assert started is not None
    other = started.model_copy(update={"clock": started.clock - 1})
    other.write(tmp_path / "sleeper.json")
    assert processes.find("sleeper") is None
    started.write(tmp_path / "sleeper.json")
    processes.stop("sleeper", 5)


def test_one_that_was_killed_is_gone_and_its_last_words_are_kept(processes: DetachedProcesses) -> None:
    words = Program("talker", (sys.executable, "-c", "print('error: no disk left'); exit(1)"), SLEEP.environ)
    processes.start(words)
    eventually(lambda: processes.find("talker") is None, seconds=20)
    assert processes.find("talker") is None
    assert processes.last_words("talker").startswith("no disk left (log: ")
