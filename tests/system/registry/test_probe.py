"""What is told of a registry that is down, refuses, or is none."""

import re
import ssl
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import pytest

from fraud_contract.errors import RegistryError, RegistryUnauthorized, RegistryUnavailable
from fraud_registry.access import graphql
from fraud_registry.access.account import Account
from fraud_registry.access.probe import default_entity
from support.processes import free_port
from support.servers.proxy import proxy


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
        (402, RegistryUnavailable, r"has no room left \(402\); free some, or have the quota raised"),
        (507, RegistryUnavailable, r"has no room left \(507\)"),
        (429, RegistryUnavailable, r"answers 429: too many requests"),
        (407, RegistryUnavailable, r"the proxy before it asks for a login \(407\); check HTTPS_PROXY"),
        (503, RegistryUnavailable, r"Failed to query server \(503 response\)"),
    ],
)
def test_a_status_is_reported_by_its_meaning(
    registry: Account, status: int, error: type[RegistryError], message: str
) -> None:
    with proxy(registry.host, gate=lambda _: status) as url, pytest.raises(error, match=message):
        default_entity(through(registry, url))


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"data": null}', b"\xff"])
def test_a_server_that_is_no_registry_is_reported(registry: Account, body: bytes) -> None:
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


def test_a_proxy_that_does_not_lead_to_w_and_b_is_named(
    registry: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(registry.host, gate=lambda _: 403) as url:
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.setenv("no_proxy", "")
        told = rf"the proxy {url[7:]} does not lead to it \(\d+ .+\); check HTTPS_PROXY and NO_PROXY"
        with pytest.raises(RegistryUnavailable, match=told):
            default_entity(through(registry, "https://wandb.invalid"))


def test_a_proxy_that_takes_no_connections_is_named(
    registry: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("https_proxy", f"http://someone:secret@127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    told = f"cannot be reached through the proxy 127.0.0.1:{port} (Connection refused); check HTTPS_PROXY"
    with pytest.raises(RegistryUnavailable, match=re.escape(told)):
        default_entity(through(registry, "https://wandb.invalid"))


@pytest.mark.parametrize("code", [9, 10])
def test_a_certificate_out_of_its_time_points_to_the_clock(code: int) -> None:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    assert "check this machine's clock" in graphql._reason(URLError(error), 1, "")


def test_every_message_of_a_registry_that_cannot_be_used_is_in_the_troubleshooting_page() -> None:
    page = Path(__file__).parents[3].joinpath("docs/troubleshooting.md").read_text()
    source = Path(graphql.__file__).read_text()
    for words in (
        "the key was refused",
        "Failed to query server",
        "gave no answer within",
        "has no room left",
    ):
        assert (True, True) == (words in source, words in page), words
    for words in ("too many requests", "asks for a login", "not valid at this time", "does not lead to it"):
        assert (True, True) == (words in source, words in page), words
    assert re.search(r"Pipeline file not found", page)
