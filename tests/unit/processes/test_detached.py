"""DetachedProcesses that outlive who started them, found again by what the kernel knows of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fraud_processes.detached import DetachedProcesses, Started, alive
from fraud_processes.program import Program
from support.waiting import eventually

SLEEP = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(60)"), dict(os.environ))
START = """
import os, sys
from pathlib import Path
from fraud_processes.detached import DetachedProcesses
from fraud_processes.program import Program
folder = Path(sys.argv[1])
program = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(60)"), dict(os.environ))
DetachedProcesses(folder, folder / "log").start(program)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def processes(tmp_path: Path) -> DetachedProcesses:
    return DetachedProcesses(tmp_path, tmp_path / "log")


def test_a_process_is_found_after_the_one_that_started_it_was_killed(
    processes: DetachedProcesses, tmp_path: Path
) -> None:
    killed = subprocess.run([sys.executable, "-c", START, str(tmp_path)], check=False)
    found = processes.find("sleeper")
    assert (-signal.SIGKILL, True) == (killed.returncode, found is not None)
    assert ["sleeper"] == [each.name for each in processes.all()]
    processes.stop("sleeper", 5)
    assert found is not None
    assert (None, False) == (processes.find("sleeper"), alive(found))


def test_another_process_with_the_same_pid_is_not_taken_for_it(
    processes: DetachedProcesses, tmp_path: Path
) -> None:
    started = processes.start(SLEEP)
    other = started.model_copy(update={"clock": started.clock - 1})
    other.write(tmp_path / "sleeper.json")
    assert processes.find("sleeper") is None
    started.write(tmp_path / "sleeper.json")
    processes.stop("sleeper", 5)


def test_one_that_was_killed_is_gone_and_its_last_words_are_kept(processes: DetachedProcesses) -> None:
    words = Program("talker", (sys.executable, "-c", "print('error: no disk left'); exit(1)"), SLEEP.environ)
    started: Started = processes.start(words)
    eventually(lambda: not alive(started), seconds=20)
    assert processes.find("talker") is None
    assert processes.last_words("talker").startswith("no disk left (log: ")
