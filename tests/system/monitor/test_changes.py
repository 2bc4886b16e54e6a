"""What changes in mid-window: releases come and go, pods are scaled and started anew, monitors meet."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from fraud_monitor.core.runs import step_of
from fraud_monitor.delivery.spool import Spool
from fraud_monitor.folder import alone_in
from fraud_monitor.http.status import STATUS
from fraud_monitor.sources.targets import Target, Targets
from fraud_registry.access.account import Account
from support.pods import Pod, page, says, served, target
from support.processes import free_port
from support.waiting import HANG, eventually
from support.watching import MONDAY, Watching, history_of, settings_for

AWAY = Account.model_validate({"base_url": "http://127.0.0.1:1", "api_key": "0" * 40})
BEGINS = MONDAY + 1_000


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def watching(folder: Path, *targets: Target) -> Watching:
    return Watching(settings_for(folder, *targets), AWAY)


def rows(folder: Path, release: str = "r1") -> list[tuple[float, ...]]:
    """Payments, answering processes and restarts of each window that waits."""
    waiting = Spool(folder / "state" / release / "rows", 100).next(100)
    names = ("decisions/total", "processes/answering", "processes/restarts")
    return [tuple(each.row.figures[name] for name in names) for each in waiting]


def test_a_promotion_in_mid_window_leaves_both_releases_all_that_they_decided(
    stack: ExitStack, tmp_path: Path
) -> None:
    stable, candidate = Pod(), Pod()
    old = target(stack.enter_context(served(stable)), tmp_path, "old")
    new = target(stack.enter_context(served(candidate)), tmp_path, "new")
    monitor = watching(tmp_path, old)
    monitor.turn()
    stable.answer = says(page(40))
    monitor.turn(20)
    Targets(releases=(old, new)).write(tmp_path / "targets.json")
    candidate.answer = says(page(0, started=BEGINS + 25))
    monitor.turn(10)
    stable.answer, candidate.answer = says(page(45)), says(page(7, started=BEGINS + 25))
    monitor.turn(10)
    Targets(releases=(new,)).write(tmp_path / "targets.json")
    monitor.turn(10)
    monitor.turn(60)
    assert [(45, 1, 0)] == rows(tmp_path, "old")
    assert [(7, 1, 0)] == rows(tmp_path, "new")
    assert ["new"] == [each.release for each in monitor.monitor.status.releases]


def test_pods_scaled_from_one_to_three_and_back_in_mid_window_lose_no_payment(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    hosts = [f"127.0.0.{number}" for number in (1, 2, 3)]
    pods = {host: Pod() for host in hosts}
    for host, pod in pods.items():
        stack.enter_context(served(pod, host, port))
    there = hosts[:1]
    known = socket.getaddrinfo

    def resolved(host: str, *more: object, **options: object) -> list[object]:
        """As a headless Service's name is: an address for each pod."""
        wanted = there if host == "pods.test" else [host]
        return [place for each in wanted for place in known(each, *more, **options)]  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monitor = watching(tmp_path, target(f"http://pods.test:{port}", tmp_path))
    monitor.turn()
    pods[hosts[0]].answer = says(page(10))
    monitor.turn(10)
    there[:] = hosts
    for host in hosts[1:]:
        pods[host].answer = says(page(5, started=BEGINS + 15))
    monitor.turn(10)
    for host in hosts:
        pods[host].answer = says(page(20, started=1.0 if host == hosts[0] else BEGINS + 15))
    monitor.turn(10)
    there[:] = hosts[:1]
    pods[hosts[0]].answer = says(page(30))
    monitor.turn(30)
    there[:] = hosts[1:2]  # and another one in its place, with the address of one that went
    pods[hosts[1]].answer = says(page(3, started=BEGINS + 70))
    monitor.turn(60)
    assert [(30 + 20 + 20, 1, 0), (3, 1, 1)] == rows(tmp_path)


def test_a_release_started_anew_in_mid_window_loses_what_no_look_saw_and_nothing_else(
    stack: ExitStack, tmp_path: Path
) -> None:
    pod = Pod()
    address = stack.enter_context(served(pod))
    monitor = watching(tmp_path, target(address, tmp_path))
    monitor.turn()
    pod.answer = says(page(50))
    monitor.turn(20)
    pod.answer = says(page(60, started=BEGINS + 30))  # more than before, and anew all the same
    monitor.turn(20)
    monitor.turn(20)
    assert [(110, 1, 1)] == rows(tmp_path)


def test_windows_that_a_second_monitor_of_the_installation_keeps_out_are_reported(
    account: Account, stack: ExitStack, tmp_path: Path
) -> None:
    pod = Pod()
    shared = target(stack.enter_context(served(pod)), tmp_path, "shared")
    first, second = (
        Watching(settings_for(tmp_path, shared, monitor_folder=tmp_path / name), account)
        for name in ("first", "second")
    )
    first.turn()
    second.turn(30)
    first.turn(70)
    second.turn(110)
    first.turn(130)
    second.deliver()
    first.deliver()
    own, other = first.monitor.delivery.health, second.monitor.delivery.health
    assert ("", 1) == (other.error, other.delivered)
    assert own.error.startswith(
        "W&B has later windows of shared than 1 of ours, which it thus does not take: "
    )
    assert (1, 0) == (own.delivered, len(first.monitor.watches["shared"].spool))
    _, found = history_of(account, "shared")
    assert [step_of(BEGINS + each) for each in (140, 200)] == [row["_step"] for row in found]


def test_a_monitor_begins_when_the_one_in_the_same_folder_has_ended(stack: ExitStack, tmp_path: Path) -> None:
    pod, state = Pod(), tmp_path / "state"
    settings_for(tmp_path, target(stack.enter_context(served(pod)), tmp_path))
    own = {
        "FRAUD_MONITOR_TARGETS": str(tmp_path / "targets.json"),
        "FRAUD_MONITOR_FOLDER": str(state),
        "FRAUD_MONITOR_PORT": str(free_port()),
        "WANDB_API_KEY": "0" * 40,
        "WANDB_BASE_URL": "http://127.0.0.1:1",
    }
    holding, ended = stack.enter_context(ExitStack()), Event()
    ended.set()
    assert holding.enter_context(alone_in(state, Event()))
    command = [sys.executable, "-m", "fraud_monitor"]
    second = stack.enter_context(
        subprocess.Popen(command, env=os.environ | own, stderr=subprocess.PIPE, text=True)
    )
    stack.callback(second.kill)
    assert second.stderr is not None
    assert "Another monitor works in" in second.stderr.readline()
    with alone_in(state, ended) as third:
        assert not third
    before = (state / STATUS).exists()
    holding.close()
    eventually((state / STATUS).exists, seconds=10)
    second.terminate()
    assert (False, 0) == (before, second.wait(HANG))
