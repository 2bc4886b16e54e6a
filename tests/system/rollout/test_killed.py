"""The process that drives a rollout, killed by SIGKILL at every boundary: the next one goes on to its end.

Releases, Envoy, callers and the killed processes are real. In the short form one rollout is killed at all
boundaries in turn, each at one of the moments; with --full at each of them.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from fraud_local.workspace import Workspace
from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.phase import Phase
from fraud_training.release.faulty import copy_with_note
from fraudctl.flows.rollout.driver import commands_of
from support.artifacts.datasets import small_dataset
from support.artifacts.releases import write_release
from support.clients.load import GOOD
from support.clients.traffic import traffic
from support.fraudctl import environment, processes_of
from support.processes import free_port
from support.rollouts.driver import MOMENTS, Boundary, rollouts_of
from support.rollouts.found import found_in
from support.waiting import PATIENCE, eventually

PLACES: Final = (
    (Phase.PREPARING, 0),
    (Phase.PREFLIGHT, 0),
    (Phase.SHADOW, 0),
    (Phase.CANARY, 0),
    (Phase.CANARY, 1),
    (Phase.SOAK, 1),
    (Phase.PROMOTING, 1),
    (Phase.PROMOTED, 1),
)
TESTS: Final = Path(__file__).parents[2]


@dataclass
class Workplace:
    """A workspace with two releases, and who drives the rollout from one to the other."""

    home: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stable(self) -> Path:
        return self.home / "stable"

    @property
    def candidate(self) -> Path:
        return self.home / "candidate"

    def driver(self, *where: Boundary) -> subprocess.Popen[str]:
        """One that is killed there, or goes to the end."""
        arguments = [self.home, self.stable, self.candidate, self.port, *where]
        return subprocess.Popen(
            [sys.executable, "-m", "support.rollouts.driver", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(self.home, PYTHONPATH=f"{TESTS}{os.pathsep}{TESTS.parent}"),
        )

    def killed(self, *where: Boundary) -> None:
        """Drive until it is killed there."""
        with self.driver(*where) as process:
            _, said = process.communicate(timeout=120 * PATIENCE)
        assert -signal.SIGKILL == process.returncode, (where, said)
        assert {1} >= set(self.running().values()), self.running()

    def to_the_end(self) -> dict[str, Any]:
        """How it ended."""
        with self.driver() as process:
            out, said = process.communicate(timeout=120 * PATIENCE)
        assert 0 == process.returncode, said
        return dict(json.loads(out))

    def running(self) -> Counter[str]:
        """How often each program of each release runs, and Envoy."""
        found = Counter[str]()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().decode().split("\0")
                environ = (process / "environ").read_bytes().decode().split("\0")
            except OSError:
                continue
            if f"FRAUDCTL_HOME={self.home}" in environ and command[2:3] in (
                ["fraud_predictor"],
                ["fraud_transformer"],
            ):
                port = next(each for each in environ if each.startswith("FRAUD_HTTP_PORT="))
                found[f"{command[2]} {port}"] += 1
            elif command[0].endswith("envoy") and any(str(self.home) in each for each in command):
                found["envoy"] += 1
        return found

    @contextmanager
    def callers(self) -> Iterator[None]:
        """Callers all the time, none of whose requests is lost."""
        with traffic(self.url, [GOOD], rate=40) as seen:
            yield
        assert [] == seen.failed
        assert seen.sent > 100


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    home = tmp_path / "home"
    write_release(home / "stable", 70.0)
    copy_with_note(home / "stable", home / "candidate", "equal answers")
    small_dataset(home / "data")
    place = Workplace(home, free_port())
    try:
        yield place
    finally:
        rollouts_of(home, place.port).stop()
    eventually(lambda: not processes_of(home), seconds=20)


def serves(url: str) -> bool:
    return httpx.get(f"{url}/health").is_success


def in_turn(offset: int) -> list[Boundary]:
    """Every place, each at another of the moments than the one before."""
    return [
        Boundary(phase.value, step, MOMENTS[(index + offset) % len(MOMENTS)])
        for index, (phase, step) in enumerate(PLACES)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "boundaries" in metafunc.fixturenames:
        offsets = range(len(MOMENTS)) if metafunc.config.getoption("full") else range(1)
        metafunc.parametrize("boundaries", [in_turn(offset) for offset in offsets], ids=map(str, offsets))


def test_killed_at_every_boundary_it_comes_to_the_same_end_and_loses_no_request(
    workplace: Workplace, boundaries: Sequence[Boundary]
) -> None:
    workplace.killed(Boundary(Phase.PENDING.value, 0, "saved"))
    eventually(lambda: serves(workplace.url), seconds=20)
    with workplace.callers():
        for boundary in boundaries:
            workplace.killed(boundary)
        ended = workplace.to_the_end()
    assert {"phase": "Promoted", "production": found_in(workplace.candidate).release.digest} == ended
    assert 3 == workplace.running().total(), workplace.running()  # stable is parked, nothing was left behind


@pytest.mark.parametrize("moment", MOMENTS[1:2])
def test_killed_on_the_way_back_the_next_one_goes_all_the_way(workplace: Workplace, moment: str) -> None:
    # As soon as the candidate's first process is there, and before anybody could write down its pid.
    workplace.killed(Boundary(Phase.PREPARING.value, 0, "started"))
    workplace.killed(Boundary(Phase.CANARY.value, 0, "applied"))
    rollouts = rollouts_of(workplace.home, workplace.port)
    record = rollouts.latest()
    assert record is not None
    with workplace.callers():
        commands_of(Workspace(workplace.home)).give(record.id, Verb.ABORT, "not today")
        workplace.killed(Boundary(Phase.ROLLING_BACK.value, 0, moment))
        ended = workplace.to_the_end()
    assert {"phase": "RolledBack", "production": found_in(workplace.stable).release.digest} == ended
    assert 3 == workplace.running().total(), workplace.running()
