"""`fraudctl demo`, whole and real: once to its end, once interrupted."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from fraud_processes.ports import is_free
from support.artifacts.releases import write_release
from support.fraudctl import environment, fraudctl, processes_of, started
from support.processes import free_port
from support.waiting import eventually

STAGES = ("Open the registry", "Train quickly", "Publish", "Promote", "Fetch", "Start", "Send traffic")
PARTS = (
    "wandb://local/fraud-detector/production_model:v0   sha256 ",
    "4,000 of 4,000 requests sent in ",
    "Latency   p50 ",
    "Truth \\ prediction",
    "fraud blocked",
    "good customers stopped",
    '{"amt":245.5,"hour":14,"day_of_week":3,"category":"grocery"}',
    '"prediction":"non-fraudulent"',
    '"code":"unknown_category"',
)


def test_a_demo_off_a_terminal_prints_everything_and_leaves_nothing_running(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, "demo", "--short", FRAUDCTL_PORT=str(port)) as process:
        try:
            assert eventually((tmp_path / "var" / "fraudctl.lock").exists, seconds=30)
            second = fraudctl(tmp_path, "demo", "--short")
            out, err = process.communicate(timeout=600)
        finally:
            process.kill()
    assert (process.returncode, [part for part in PARTS if part not in out]) == (0, [])
    assert f"http://localhost:{port}/predict/" in out
    results = re.findall(r"^(\w[\w ]*?) +\d+\.\d s ", err, re.MULTILINE)
    assert tuple(results) == STAGES
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"error: `fraudctl demo` already runs here (pid {process.pid}). "
        f"Stop it with Ctrl-C in its terminal, or with: kill {process.pid}\n"
    )
    assert (processes_of(tmp_path), is_free(port, "127.0.0.1")) == ([], True)
    assert not (tmp_path / "var" / "wandb" / "server.json").exists()


def test_ctrl_c_in_the_middle_of_a_demo_leaves_nothing_half_done(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, "demo", "--short", "--port", str(port)) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "Growing trees" in line:
                    break
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=300)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert err.endswith("Stopped. Nothing is left running.\n")
    assert (processes_of(tmp_path), is_free(port, "127.0.0.1")) == ([], True)
    assert list((tmp_path / "var" / "trained").iterdir()) == []


END_OF_A_DEMO = """
import os, sys
from pathlib import Path
from pydantic import SecretStr
from fraud_registry.access.account import Account
from fraud_registry.references import Pin, Published
from fraudctl.commands.demonstration import report
from fraudctl.flows.demo.report import DemoReport
from fraud_local.endpoint import Endpoint, Listening
from fraudctl.flows.demo.example import answer
from fraud_local.folders import Folders
from fraud_local.pair import running
from fraud_local.registry import Registry
from fraud_simulator.figures import summarise
from fraud_training.train import TrainedRelease

folder, endpoint = Path(sys.argv[1]), Endpoint.choose(Listening(http=int(sys.argv[2])))
folders = Folders(folder / "production_model", folder / "preprocessor")
account = Account(base_url="http://127.0.0.1:1", api_key=SecretStr("unused"))
pin = Pin(entity="local", project="fraud", name="any", version="v0", registry_digest="0123456789abcdef")
published = Published(model=pin, preprocessor=pin, run_url="http://127.0.0.1:1/run")
trained = TrainedRelease(folder, "0" * 64, "1" * 64, {})
with running(folders, endpoint, os.environ, folder.parent / "log") as pair:
    registry = Registry(account, Path("var/wandb/api-key"))
    summary = summarise((), 0, 0.0)
    report(DemoReport(endpoint, registry, published, trained, summary, answer(endpoint.url)), pair)
"""


@contextmanager
def on_a_terminal(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process and the other end of its terminal."""
    ours, theirs = pty.openpty()
    environ = environment(home, TERM="xterm", COLUMNS="120")
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def read_until(descriptor: int, word: str) -> str:
    """What the terminal shows up to `word`, or up to the end."""
    shown = b""
    while word.encode() not in shown:
        try:
            shown += os.read(descriptor, 65536)
        except OSError:  # how Linux tells the end of a terminal
            break
    return shown.decode(errors="replace")


def test_on_a_terminal_the_end_of_a_demo_serves_until_ctrl_c(tmp_path: Path) -> None:
    write_release(tmp_path / "trained", 70.0)
    port = free_port()
    arguments = (sys.executable, "-c", END_OF_A_DEMO, str(tmp_path / "trained"), str(port))
    with on_a_terminal(tmp_path, *arguments) as (process, terminal):
        shown = read_until(terminal, "Serving until Ctrl-C.")
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=240) as response:
            health = json.load(response)
        process.send_signal(signal.SIGINT)
        shown += read_until(terminal, "never shown")
        code = process.wait(300)
    assert "Look around" in shown
    assert "(any user name; password: var/wandb/api-key)" in shown
    assert (health["status"], code, "Traceback" in shown) == ("ok", 0, False), shown
    assert (processes_of(tmp_path), is_free(port, "127.0.0.1")) == ([], True)
