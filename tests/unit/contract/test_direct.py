"""Which calls are between our own processes."""

import ssl
from urllib.request import ProxyHandler

import pytest

from fraud_contract.direct import is_ours, opener_for, without_proxies


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9090",
        "http://127.0.0.1:8080/graphql",
        "http://127.1.2.3",
        "http://[::1]:9091/ready",
        "http://registry.localhost",
        "http://fraud-wandb-local:8080",
        "http://fraud-wandb-local.fraud.svc:8080",
        "http://fraud-wandb-local.fraud.svc.cluster.local.:8080",
    ],
)
def test_this_machine_and_services_of_the_cluster_are_ours(url: str) -> None:
    assert is_ours(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.wandb.ai", "https://wandb.example.com", "http://10.0.0.7:8080", "https://svc.example.com"],
)
def test_hosted_services_are_not(url: str) -> None:
    assert not is_ours(url)


def test_only_the_way_out_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    def proxies(url: str) -> bool:
        return any(isinstance(handler, ProxyHandler) for handler in vars(opener_for(url))["handlers"])

    assert (False, True) == (proxies("http://127.0.0.1:1"), proxies("https://api.wandb.ai"))


def test_authorities_are_read_anew_for_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = list[str]()
    loads = ssl.SSLContext.load_default_certs

    def load(context: ssl.SSLContext, purpose: ssl.Purpose) -> None:
        reads.append(purpose.name)
        loads(context, purpose)

    opener_for("http://127.0.0.1:1")
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", load)
    opener_for("http://127.0.0.1:1")
    opener_for("http://10.0.0.7:1")
    before = list(reads)
    opener_for("https://127.0.0.1:1")
    assert ([], ["SERVER_AUTH"]) == (before, reads)


def test_proxy_variables_are_taken_out_in_any_case() -> None:
    given = {"HTTP_PROXY": "x", "https_proxy": "x", "All_Proxy": "x", "grpc_proxy": "x", "PATH": "/bin"}
    assert {"PATH": "/bin"} == without_proxies(given)
