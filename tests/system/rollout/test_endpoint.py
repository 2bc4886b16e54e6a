"""A release is held to be the one that was asked, in time, and to answer what it was asked."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from fraud_rollout.evidence.endpoint import Address, Endpoint, Identity
from fraud_rollout.evidence.errors import EvidenceError, EvidenceMissing, EvidenceUntrusted
from fraud_rollout.evidence.evaluation import answers_of
from fraud_rollout.evidence.facts import Facts
from support.processes import free_port
from support.rollouts.faulty_release import DIGEST, NAME, FaultyRelease, faulty_release

FACTS = Facts(
    np.linspace(1.0, 3.0, 12_000) + 0.001,
    np.arange(12_000, dtype=np.int8) % 24,
    np.arange(12_000, dtype=np.int8) % 7,
    np.full(12_000, "grocery_pos", object),
)
FEW = FACTS.take(slice(0, 5))
IDENTITY = Identity(NAME, DIGEST, DIGEST)


@pytest.fixture
def release() -> Iterator[FaultyRelease]:
    with faulty_release() as release:
        yield release


@pytest.fixture
def endpoint(release: FaultyRelease) -> Iterator[Endpoint]:
    with Endpoint(IDENTITY, Address(release.url), deadline=0.5) as endpoint:
        yield endpoint


def test_rows_come_back_in_their_order_from_several_pods(release: FaultyRelease) -> None:
    with (
        faulty_release() as other,
        Endpoint(IDENTITY, Address(release.url)) as first,
        Endpoint(IDENTITY, Address(other.url)) as second,
    ):
        answers = answers_of([first, second], FACTS)
    assert np.array_equal(np.round(FACTS.amounts % 1 / 2, 6).astype(np.float32), answers.scores)
    assert np.array_equal((np.round(FACTS.amounts % 1 / 2, 6) > 0.25).astype(np.int8), answers.decisions)
    assert release.requests > 0 < other.requests


def rows(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A fault that changes the answer's columns."""

    def fault(answer: dict[str, Any]) -> dict[str, Any]:
        change(answer["columns"])
        return answer

    return fault


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another release by header": ({"header": "fraud-other"}, "fraud-other answers at"),
    "another release by body": ({"name": "fraud-other", "header": ""}, "fraud-other answers at"),
    "a row lost": (
        {"fault": rows(lambda columns: [column.pop() for column in columns.values()])},
        "answered 4 rows for 5",
    ),
    "a score lost": ({"fault": rows(lambda columns: columns["fraud_probability"].pop())}, "5 rows for 5"),
    "rows of another order": (
        {"fault": rows(lambda columns: [column.reverse() for column in columns.values()])},
        "in another order",
    ),
    "a score that is none": (
        {"fault": rows(lambda columns: columns["fraud_probability"].__setitem__(2, 1.5))},
        r"columns.fraud_probability.2: Input should be less than or equal to 1",
    ),
    "NaN": (
        {"fault": rows(lambda columns: columns["fraud_probability"].__setitem__(2, float("nan")))},
        "columns.fraud_probability.2",
    ),
    "a decision that is none": (
        {"fault": rows(lambda columns: columns["decision"].__setitem__(0, "maybe"))},
        "columns.decision.0",
    ),
    "no JSON": ({"fault": lambda _: b"<html>"}, "answered no decisions"),
    "too much": ({"fault": lambda _: b" " * 100_000}, "more than 3,072 bytes"),
    "refused": ({"status": 422}, "status 422, which trying again does not mend"),
    "redirected": ({"status": 302}, "status 302"),
}


@pytest.mark.parametrize(("faults", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_is_not_the_answer_is_not_trusted_and_not_asked_for_again(
    release: FaultyRelease, endpoint: Endpoint, faults: dict[str, Any], told: str
) -> None:
    for name, value in faults.items():
        setattr(release, name, value)
    with pytest.raises(EvidenceUntrusted, match=told):
        endpoint.answers(FEW)
    assert 1 == release.requests


def degraded(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"degraded": True}


MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "half an answer": ({"cut": 20}, "does not answer"),
    "a byte at a time": ({"drip": 0.05}, "did not answer within 0.5 s"),
    "a byte, then nothing": ({"drip": 3.0}, "did not answer within 0.5 s"),
    "always busy": ({"busy": 1_000}, "status 503"),
    "failing": ({"status": 500}, "status 500"),
    "without scores": ({"fault": degraded}, "without scores"),
}


@pytest.mark.parametrize(("faults", "told"), MISSING.values(), ids=MISSING.keys())
def test_an_answer_that_does_not_come_is_missing_once_its_time_is_over(
    release: FaultyRelease, endpoint: Endpoint, faults: dict[str, Any], told: str
) -> None:
    for name, value in faults.items():
        setattr(release, name, value)
    with pytest.raises(EvidenceMissing, match=told):
        endpoint.answers(FEW)


def test_a_busy_release_is_asked_again(release: FaultyRelease, endpoint: Endpoint) -> None:
    release.busy = 2
    assert 5 == len(endpoint.answers(FEW))


def test_an_unreachable_release_is_missing_evidence() -> None:
    address = Address(f"http://127.0.0.1:{free_port()}")
    with (
        Endpoint(IDENTITY, address, deadline=0.2) as endpoint,
        pytest.raises(EvidenceMissing, match="ConnectError"),
    ):
        answers_of([endpoint], FEW)


def test_a_proxy_of_the_environment_is_not_asked(
    release: FaultyRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Endpoint(IDENTITY, Address(release.url)) as endpoint:
        assert 5 == len(endpoint.answers(FEW))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "fraud-other", "header": ""}, "fraud-other answers"),
        ({"model": "e" * 64}, "serves model eeeeeeeeeeee"),
        ({"fingerprint": "0" * 64}, "started anew with other settings"),
    ],
    ids=["another release", "another model under the name", "another policy under the name"],
)
def test_a_release_that_is_exchanged_while_it_answers_is_not_trusted(
    release: FaultyRelease, endpoint: Endpoint, change: dict[str, Any], told: str
) -> None:
    def exchange(answer: dict[str, Any]) -> dict[str, Any]:
        for name, value in change.items():
            setattr(release, name, value)
        return answer

    release.fault = exchange
    with pytest.raises(EvidenceError, match=told):
        answers_of([endpoint], FEW)


def test_the_token_appears_in_no_representation() -> None:
    assert "secret" not in repr(Address("http://127.0.0.1", token="secret"))
