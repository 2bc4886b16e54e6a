"""Processes of a local run: started, watched, stopped, and never left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fraud_local.errors import AlreadyRunning
from fraud_local.lock import Holder, holder, only_one
from fraud_processes.child import Child
from fraud_processes.errors import PortInUse, ProcessFailed
from fraud_processes.ports import any_free, owner, preferred, require_free
from fraud_processes.program import Program
from support.waiting import eventually

ADVICE = "Choose another one: FRAUDCTL_PORT=9191 make demo"

SERVER = """
import http.server, os, pathlib, signal, sys, time
name, port, told, delay = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), float(sys.argv[4])
def end(*_):
    with told.open("a") as file:
        file.write(f"{name}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
time.sleep(delay)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
FAILING = """
import sys
print("loading", flush=True)
sys.exit("error: no model there")
"""


def program(name: str, code: str, *arguments: object) -> Program:
    return Program(name, (sys.executable, "-c", code, *map(str, arguments)), {})


def server(name: str, told: Path, delay: float = 0.0) -> tuple[Program, str]:
    """A server, and the URL that answers once it is ready."""
    (port,) = any_free(1)
    return program(name, SERVER, name, port, told, delay), f"http://127.0.0.1:{port}/"


NOWHERE = "http://127.0.0.1:1/"


def exists(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_process_is_ready_when_its_url_answers_and_is_gone_when_it_was_stopped(tmp_path: Path) -> None:
    slow, url = server("slow", tmp_path / "told", delay=0.3)
    child = Child.start(slow, tmp_path)
    try:
        child.wait_answers(url, 120)
        assert exists(child.pid)
    finally:
        child.stop(grace=5)
    assert not exists(child.pid)
    assert (tmp_path / "told").read_text() == "slow\n"


def test_a_process_runs_in_a_session_of_its_own(tmp_path: Path) -> None:
    apart, url = server("apart", tmp_path / "told")
    child = Child.start(apart, tmp_path)
    try:
        child.wait_answers(url, 120)
        assert os.getsid(child.pid) == child.pid
    finally:
        child.stop(grace=5)


def test_a_process_that_dies_while_starting_is_reported_with_its_own_error_line(tmp_path: Path) -> None:
    child = Child.start(program("predictor", FAILING), tmp_path)
    with pytest.raises(ProcessFailed) as failure:
        child.wait_answers(NOWHERE, 120)
    child.stop(grace=1)
    assert failure.value.message == (
        f"predictor ended by itself, with exit code 1: no model there (log: {tmp_path / 'predictor.log'})"
    )


def test_a_process_killed_by_the_kernel_is_reported_by_its_signal(tmp_path: Path) -> None:
    child = Child.start(program("predictor", "import os; os.kill(os.getpid(), 9)"), tmp_path)
    with pytest.raises(ProcessFailed, match=r"predictor ended by itself, by signal 9: It printed nothing\."):
        child.wait_answers(NOWHERE, 120)
    child.stop(grace=1)


def test_a_process_that_never_gets_ready_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    child = Child.start(program("predictor", "import time; time.sleep(60)"), tmp_path)
    try:
        with pytest.raises(ProcessFailed, match=r"^predictor was not ready within 0\.2 s"):
            child.wait_answers(NOWHERE, 0.2)
    finally:
        child.stop(grace=5)
    assert not exists(child.pid)


def test_another_process_on_its_port_does_not_make_it_ready(tmp_path: Path) -> None:
    first, url = server("first", tmp_path / "told")
    other = program("second", "import time; time.sleep(60)")
    children = [Child.start(each, tmp_path) for each in (first, other)]
    try:
        children[0].wait_answers(url, 120)
        with pytest.raises(ProcessFailed, match=r"^second was not ready within 0\.3 s"):
            children[1].wait_answers(url, 0.3)
    finally:
        for child in children:
            child.stop(grace=5)


def test_a_process_that_ignores_the_polite_stop_is_killed(tmp_path: Path) -> None:
    child = Child.start(program("stubborn", STUBBORN), tmp_path)
    assert eventually(lambda: (tmp_path / "stubborn.log").read_text() == "up\n", seconds=11)
    child.stop(grace=0.2)
    assert not exists(child.pid)


PARENT = """
import json, sys, time
from pathlib import Path
from fraud_processes.child import Child
from fraud_processes.program import Program
from fraud_processes.signals import ending_on_signals
from contextlib import ExitStack
logs = Path(sys.argv[1])
with ending_on_signals(), ExitStack() as stack:
    pids = []
    for name, arguments, url in json.loads(sys.argv[2]):
        child = Child.start(Program(name, arguments, {}), logs)
        stack.callback(child.stop, 5)
        child.wait_answers(url, 120)
        pids.append(child.pid)
    print(json.dumps(pids), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that supervises two servers, `first` and then `second`."""
    told = tmp_path / "told"
    servers = [server(name, told) for name in ("first", "second")]
    described = json.dumps([[each.name, list(each.arguments), url] for each, url in servers])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), described],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_killing_the_parent_outright_leaves_no_process(
    parent: tuple[subprocess.Popen[str], list[int]],
) -> None:
    process, pids = parent
    assert all(map(exists, pids))
    process.kill()
    process.wait()
    assert eventually(lambda: not any(map(exists, pids)), seconds=11)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -2)], ids=str
)
def test_sigterm_to_the_parent_stops_the_last_started_first(
    parent: tuple[subprocess.Popen[str], list[int]], tmp_path: Path, number: int, code: int
) -> None:
    process, pids = parent
    process.send_signal(number)
    assert process.wait(300) == code
    assert not any(map(exists, pids))
    assert (tmp_path / "told").read_text() == "second\nfirst\n"


def test_a_busy_port_is_reported_with_its_owner_and_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(PortInUse) as failure:
            require_free(port, "127.0.0.1", ADVICE)
        name = Path("/proc/self/comm").read_text().strip()
        assert failure.value.message == (
            f"port {port} is in use by pid {os.getpid()} ({name}). "
            f"Stop it (kill {os.getpid()}), or choose another one: FRAUDCTL_PORT=9191 make demo"
        )
        assert owner(port) is not None
        assert preferred(port, "127.0.0.1") != port
    assert owner(port) is None
    require_free(port, "127.0.0.1", ADVICE)


def test_a_privileged_port_is_reported_with_the_reason() -> None:
    with pytest.raises(PortInUse, match=r"^port 80 on 192\.0\.2\.1 cannot be opened: Cannot assign"):
        require_free(80, "192.0.2.1", ADVICE)


def test_a_second_command_reports_the_one_that_runs(tmp_path: Path) -> None:
    lock = tmp_path / "var" / "fraudctl.lock"
    with only_one(lock, "fraudctl demo"):
        with pytest.raises(AlreadyRunning) as failure, only_one(lock, "fraudctl serve"):
            pass
        assert failure.value.message == (
            f"`fraudctl demo` already runs here (pid {os.getpid()}). "
            f"Stop it with Ctrl-C in its terminal, or with: kill {os.getpid()}"
        )
    with only_one(lock, "fraudctl serve"):
        pass


def test_a_lock_outlives_the_program_that_took_it(tmp_path: Path) -> None:
    lock = tmp_path / "fraudctl.lock"
    code = (
        "import os, sys; from pathlib import Path; from fraud_local.lock import only_one\n"
        "with only_one(Path(sys.argv[1]), 'fraudctl serve'):\n"
        "    os.execv('/bin/sh', ('sh', '-c', 'echo became another; read line'))"
    )
    command = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as became:
        assert became.stdout is not None
        assert "became another\n" == became.stdout.readline()
        assert Holder("fraudctl serve", became.pid) == holder(lock)
        with pytest.raises(AlreadyRunning, match="`fraudctl serve` already runs"), only_one(lock, "demo"):
            pass
        became.communicate("end\n")
    assert None is holder(lock)
    with only_one(lock, "fraudctl demo"):
        pass


def test_a_lock_left_by_a_killed_command_does_not_count(tmp_path: Path) -> None:
    lock = tmp_path / "fraudctl.lock"
    code = (
        "import os, sys; from pathlib import Path; from fraud_local.lock import only_one\n"
        "with only_one(Path(sys.argv[1]), 'fraudctl demo'): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(lock)], check=False).returncode == -9
    assert "fraudctl demo" in lock.read_text()
    with only_one(lock, "fraudctl serve"):
        pass
