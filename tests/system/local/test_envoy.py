"""Real releases behind a real Envoy: weights, health, what callers can and cannot ask for."""

import contextlib
import math
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fraud_local.envoy.proxy import Proxy
from fraud_local.envoy.upstream import Upstream
from support.artifacts.releases import write_release
from support.clients.load import GOOD
from support.clients.traffic import traffic
from support.processes import Process, free_port, started
from support.rollouts.proxied import proxy, route, start_release, upstream
from support.waiting import eventually

STABLE, CANARY = "fraud-stable", "fraud-canary"


@dataclass
class Served:
    envoy: Proxy
    stable: Process
    canary: Process

    @property
    def upstreams(self) -> list[Upstream]:
        return [upstream(STABLE, self.stable), upstream(CANARY, self.canary)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.envoy.ports.public}"

    @property
    def pinned(self) -> str:
        return f"http://127.0.0.1:{self.envoy.ports.pinned}"

    def route(self, canary: int) -> None:
        route(self.envoy, self.upstreams, {STABLE: 100 - canary, CANARY: canary})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    folders = write_release(folder / "release", 70.0)
    with started() as start, proxy(folder) as envoy:
        stable, canary = (start_release(start, folders, name) for name in (STABLE, CANARY))
        yield Served(envoy, stable, canary)


def answered_by(answer: httpx.Response) -> str:
    return answer.headers["x-fraud-release"]


def test_no_request_is_lost_while_weights_move_and_shares_are_as_wanted(served: Served) -> None:
    moves = (50, 5, 95, 25, 75, 10)
    served.route(50)
    seen_at = dict.fromkeys(moves, 0)
    sent_at = dict(seen_at)
    with traffic(served.url, [GOOD], rate=300) as seen:
        for weight in moves:
            served.route(weight)
            before = served.envoy.admin.traffic()
            time.sleep(1.0)  # of traffic at this weight
            after = served.envoy.admin.traffic()
            new = {name: after[name].requests - before[name].requests for name in (STABLE, CANARY)}
            seen_at[weight], sent_at[weight] = new[CANARY], sum(new.values())
    assert [] == seen.failed
    assert seen.grpc_answers.total() > 0
    for weight in moves:
        n, p = sent_at[weight], weight / 100
        assert abs(seen_at[weight] - n * p) <= 5 * math.sqrt(n * p * (1 - p)) + 1, (weight, seen_at, sent_at)


def test_weights_in_force_are_reported_and_public_requests_cannot_pin_a_release(served: Served) -> None:
    served.route(0)
    asked = {"x-fraud-release": CANARY}
    public = [httpx.post(f"{served.url}/predict/", json=GOOD, headers=asked) for _ in range(20)]
    pinned = httpx.post(f"{served.pinned}/predict/", json=GOOD, headers=asked)
    unknown = httpx.post(f"{served.pinned}/predict/", json=GOOD, headers={"x-fraud-release": "other"})
    assert {STABLE: 100} == served.envoy.admin.weights()
    assert {STABLE} == {answered_by(each) for each in public}
    assert (200, CANARY) == (pinned.status_code, answered_by(pinned))
    assert (404, "unknown_release") == (unknown.status_code, unknown.json()["code"])


def test_callers_cannot_set_timeouts_or_retries_of_the_proxy(served: Served) -> None:
    served.route(0)
    headers = {"x-envoy-upstream-rq-timeout-ms": "1", "x-envoy-upstream-alt-stat-name": "x"}
    rows = {"transactions": [GOOD] * 5_000}
    answer = httpx.post(f"{served.url}/predict/batch", json=rows, headers=headers, timeout=300)
    assert (200, 5_000) == (answer.status_code, len(answer.json()["predictions"]))


def test_an_error_of_the_transformer_reaches_the_caller_as_it_is(served: Served) -> None:
    served.route(0)
    direct = httpx.post(f"http://127.0.0.1:{served.stable.http_port}/predict/", json={"amt": -1})
    through = httpx.post(f"{served.url}/predict/", json={"amt": -1})
    assert (direct.status_code, direct.json()) == (through.status_code, through.json())


def test_a_release_that_is_not_ready_gets_no_weight(served: Served) -> None:
    served.route(0)
    nowhere = Upstream("fraud-away", free_port(), free_port(), free_port())
    upstreams = [*served.upstreams, nowhere]
    moved = [served.envoy.route(upstreams, {STABLE: 50, "fraud-away": 50}) for _ in range(20)]
    assert (set(moved), served.envoy.admin.weights()) == ({False}, {STABLE: 100})
    assert 200 == httpx.post(f"{served.url}/predict/", json=GOOD).status_code


def test_no_payment_is_decided_twice_when_a_release_dies_under_load(served: Served, tmp_path: Path) -> None:
    """What its transformer has read is not sent again; what it never saw may be."""
    served.route(0)
    with started() as start:
        dying = start_release(start, write_release(tmp_path / "release", 70.0), "fraud-dying")
        upstreams = [*served.upstreams, upstream("fraud-dying", dying)]
        route(served.envoy, upstreams, {"fraud-dying": 100})
        with traffic(served.url, [GOOD], rate=200) as seen:
            eventually(lambda: len(seen.answers) > 50, seconds=30)
            dying.popen.send_signal(signal.SIGKILL)
            route(served.envoy, upstreams, {STABLE: 100})
            moved = time.monotonic()
            eventually(lambda: seen.releases(since=moved)[STABLE] > 50, seconds=30)
    late = [each for each in seen.answers if each.at > moved + 1 and each.status != 200]
    assert [] == late
    assert {"fraud-dying", STABLE} == set(seen.releases())
    served.route(0)


def test_a_killed_envoy_is_back_with_the_same_weights(served: Served) -> None:
    served.route(25)
    running = served.envoy._processes.find("envoy")
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    begun = time.monotonic()
    eventually(served.envoy.ensure, seconds=10)
    with contextlib.closing(httpx.Client()) as client:
        eventually(lambda: client.post(f"{served.url}/predict/", json=GOOD).status_code == 200, seconds=10)
    assert served.envoy.admin.weights() == {STABLE: 75, CANARY: 25}
    assert time.monotonic() - begun < 10
