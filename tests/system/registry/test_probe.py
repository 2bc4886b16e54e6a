"""What is told of a registry that is down, refuses, or is none."""

from dataclasses import replace

import pytest

from fraud_contract.errors import RegistryError, RegistryUnauthorized, RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.access.probe import default_entity
from support.proxy import proxy


def through(account: Account, url: str) -> Account:
    return account.model_copy(update={"base_url": url})


def test_the_key_has_a_default_entity(registry: Account) -> None:
    assert default_entity(registry) == "local"


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (
            401,
            RegistryUnauthorized,
            r"^W&B: the key was refused by 127\.0\.0\.1:\d+ \(401\)\. Check WANDB_API_KEY",
        ),
        (403, RegistryUnauthorized, r"the key was refused by .* \(403\)"),
        (302, RegistryUnavailable, r"answers 302, as W&B does not; check WANDB_BASE_URL"),
        (404, RegistryUnavailable, r"answers 404, as W&B does not; check WANDB_BASE_URL"),
        (
            500,
            RegistryUnavailable,
            r"^W&B at 127\.0\.0\.1:\d+: Failed to query server \(500 response\)\. Try again",
        ),
        (503, RegistryUnavailable, r"Failed to query server \(503 response\)"),
    ],
)
def test_a_status_is_told_as_what_it_means(
    registry: Account, status: int, error: type[RegistryError], message: str
) -> None:
    with proxy(registry.host, gate=lambda _: status) as url, pytest.raises(error, match=message):
        default_entity(through(registry, url))


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"data": null}', b"\xff"])
def test_what_does_not_speak_the_protocol_is_told_as_such(registry: Account, body: bytes) -> None:
    with (
        proxy(registry.host, lambda exchange: replace(exchange, body=body)) as url,
        pytest.raises(RegistryUnavailable, match="does not answer as W&B does"),
    ):
        default_entity(through(registry, url))


def test_a_nameless_viewer_is_a_refused_key(registry: Account) -> None:
    nobody = b'{"data": {"viewer": null}}'
    with (
        proxy(registry.host, lambda exchange: replace(exchange, body=nobody)) as url,
        pytest.raises(RegistryUnauthorized),
    ):
        default_entity(through(registry, url))


def test_a_broken_answer_is_an_outage(registry: Account) -> None:
    with (
        proxy(registry.host, lambda exchange: replace(exchange, cut=True)) as url,
        pytest.raises(RegistryUnavailable),
    ):
        default_entity(through(registry, url))


def test_a_registry_that_never_answers_is_given_up(registry: Account) -> None:
    with (
        proxy(registry.host, lambda _: None) as url,
        pytest.raises(RegistryUnavailable, match=r"gave no answer within 0\.3 s"),
    ):
        default_entity(through(registry, url), timeout=0.3)


def test_a_host_without_address_is_an_outage(registry: Account) -> None:
    with pytest.raises(RegistryUnavailable, match=r"^W&B at wandb\.invalid: cannot be reached \(.+\)"):
        default_entity(through(registry, "http://wandb.invalid"))
