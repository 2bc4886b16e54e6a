"""Recent payments of a real stable release, replayed to it and to a candidate."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact
from fraud_rollout.core.state.observed import Evidence
from fraud_rollout.evidence.endpoint import Address, Endpoint, Identity
from fraud_rollout.evidence.errors import EvidenceMissing
from fraud_rollout.evidence.replay import Plan, Replay
from support.artifacts.datasets import small_dataset
from support.artifacts.releases import CATEGORIES, Folders, write_release
from support.processes import Process, Start, started
from support.rollouts.faulty_release import DIGEST, NAME, faulty_release

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TOKEN = "a-token-of-the-operator"
OTHER_POLICY = '{"kind": "thresholds", "review": 0.3, "block": 0.6}'


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folders, Folders]:
    folder = tmp_path_factory.mktemp("releases")
    return write_release(folder / "stable", 70.0), write_release(folder / "candidate", 71.3)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return small_dataset(tmp_path_factory.mktemp("data") / "data")


def serve(start: Start, folders: Folders, name: str, **settings: object) -> Process:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        ADMIN_TOKEN=TOKEN,
        RELEASE=name,
        **settings,
    )
    process.wait_ready()
    return process


def endpoint_of(process: Process, folders: Folders, name: str) -> Endpoint:
    model, preprocessor = ModelArtifact.load(folders.model), PreprocessorArtifact.load(folders.preprocessor)
    address = Address(process.url, f"http://127.0.0.1:{process.admin_port}", TOKEN)
    return Endpoint(Identity(name, model.digest, preprocessor.digest), address, deadline=5.0)


@pytest.fixture
def start() -> Iterator[Start]:
    with started() as function:
        yield function


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def pay(process: Process, count: int, hours: int = 24) -> None:
    """Real payments, spread over the first `hours` of the day."""
    random = np.random.default_rng(3)
    columns = {
        "amt": np.round(random.lognormal(4.5, 1.5, count) + 0.01, 2).tolist(),
        "hour": (np.arange(count) % hours).tolist(),
        "day_of_week": random.integers(0, 7, count).tolist(),
        "category": random.choice(CATEGORIES, count).tolist(),
    }
    answer = httpx.post(f"{process.url}/predict/batch", json={"columns": columns}, timeout=240)
    assert 200 == answer.status_code


def run(replay: Replay) -> Evidence:
    """All its steps."""
    evidence = replay.step(NOW)
    while not (evidence.complete or evidence.error):
        evidence = replay.step(NOW)
    return evidence


def test_both_decide_what_stable_had_decided_and_leave_no_trace(
    start: Start, stack: ExitStack, pairs: tuple[Folders, Folders], dataset: Dataset
) -> None:
    stable, candidate = (serve(start, each, name) for each, name in zip(pairs, ("old", "new"), strict=True))
    pay(stable, 600, hours=12)
    before = httpx.get(f"http://127.0.0.1:{stable.admin_port}/metrics").text.count("fraud_decisions_total")
    own, other = (
        stack.enter_context(endpoint_of(process, folders, name))
        for process, folders, name in zip((stable, candidate), pairs, ("old", "new"), strict=True)
    )
    plan = Plan([own], [other], "c" * 64, NOW, pairs=600, difference=0.05, dataset=dataset)
    replay = Replay(plan)
    first = replay.step(NOW)
    assert (200, False, "") == (first.counts["decisions"].observations, first.complete, first.error)
    last = run(replay)
    assert (600, True, "") == (last.counts["decisions"].observations, last.complete, last.error)
    assert last.note.startswith("live 12 of 24 h, ")
    assert f"from {dataset.name}" in last.note
    assert 0 < last.counts["decisions"].events < 600
    categories = [last.counts[f"decisions[{each}]"] for each in CATEGORIES]
    assert 600 == sum(each.observations for each in categories)
    assert last.counts["decisions"].events == sum(
        one != two
        for one, two in zip(replay.pairs.stable_decisions, replay.pairs.candidate_decisions, strict=True)
    )
    after = httpx.get(f"http://127.0.0.1:{stable.admin_port}/metrics").text.count("fraud_decisions_total")
    assert before == after
    # The same release as candidate differs nowhere.
    same = run(Replay(Plan([own], [own], "c" * 64, NOW, pairs=600, difference=0.05, dataset=dataset)))
    assert (0, 0) == (same.counts["decisions"].events, same.counts["scores"].events)


def test_a_stable_that_was_started_with_another_policy_gives_an_error_and_no_counts(
    start: Start, stack: ExitStack, pairs: tuple[Folders, Folders], dataset: Dataset
) -> None:
    stable = serve(start, pairs[0], "old")
    pay(stable, 2_400)
    own = stack.enter_context(endpoint_of(stable, pairs[0], "old"))
    replay = Replay(Plan([own], [own], "c" * 64, NOW, pairs=600, difference=0.05, dataset=dataset))
    assert "" == replay.step(NOW).error
    stable.popen.kill()
    stable.popen.wait()
    with pytest.raises(EvidenceMissing):
        replay.step(NOW)
    serve(
        start,
        pairs[0],
        "old",
        POLICY=OTHER_POLICY,
        HTTP_PORT=stable.http_port,
        ADMIN_PORT=stable.admin_port,
    )
    evidence = run(replay)
    assert ({}, False) == (evidence.counts, evidence.complete)
    assert "started anew with other settings" in evidence.error
    assert evidence.error == replay.step(NOW).error


def row(amount: float, hour: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any value
    score = round(amount % 1 / 2, 6)
    return {
        "amt": amount,
        "hour": hour,
        "day_of_week": 1,
        "category": "travel",
        "score": score,
        "decision": "review" if score > 0.25 else "approve",
    } | changes


RING = [row(10 + each / 100, each % 24) for each in range(96)]


@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        (row(10.02, 2, score=0.011), r"gave 0.010000 \(approve\) for a payment that it had given 0.011000"),
        (row(10.02, 2, decision="block"), r"gave 0.010000 \(approve\).* 0.010000 \(block\)"),
        (row(10.02, 2, amt=10.04), "gave 0.020000"),
        (row(10.02, 24), "no recent decisions: decisions.2.hour"),
        (row(10.02, 2, score=None), "no recent decisions: decisions.2.score"),
    ],
    ids=["score", "decision", "amount", "no hour", "no score"],
)
def test_a_row_of_the_memory_that_was_tampered_with_is_an_error(
    stack: ExitStack, tampered: dict[str, Any], told: str
) -> None:
    release = stack.enter_context(faulty_release())
    address = Address(release.url, release.url, TOKEN)
    endpoint = stack.enter_context(Endpoint(Identity(NAME, DIGEST, DIGEST), address))
    plan = Plan([endpoint], [endpoint], "c" * 64, NOW, pairs=96, difference=0.05)
    release.recent = {"release": NAME, "by_hour": [4] * 24, "decisions": RING}
    assert (True, "") == ((evidence := Replay(plan).step(NOW)).complete, evidence.error)
    release.recent = release.recent | {"decisions": [*RING[:2], tampered, *RING[3:]]}
    evidence = Replay(plan).step(NOW)
    assert ({}, False) == (evidence.counts, evidence.complete)
    assert re.search(told, evidence.error), evidence.error


def test_hours_that_nothing_covers_hold_the_evidence_back(stack: ExitStack) -> None:
    release = stack.enter_context(faulty_release())
    address = Address(release.url, release.url, TOKEN)
    endpoint = stack.enter_context(Endpoint(Identity(NAME, DIGEST, DIGEST), address))
    release.recent = {"release": NAME, "by_hour": [4] * 12 + [0] * 12, "decisions": RING[:12]}
    evidence = Replay(Plan([endpoint], [endpoint], "c" * 64, NOW, pairs=96, difference=0.05)).step(NOW)
    assert ({}, False, "") == (evidence.counts, evidence.complete, evidence.error)
    assert "12 h of the day are not covered" in evidence.note
