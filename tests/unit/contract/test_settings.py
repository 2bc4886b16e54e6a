"""Settings come from the environment, and a mistake in them is told by name."""

import pytest

from fraud_contract.errors import SettingsError
from fraud_contract.settings import Settings


class Example(Settings):
    """Two settings."""

    port: int = 8080
    name: str


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_NAME", "n")
    monkeypatch.setenv("FRAUD_PORT", "1")
    assert Example(name="n", port=1) == Example.read()


def test_an_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_PROT", "1")
    with pytest.raises(
        SettingsError, match=r"Unknown setting FRAUD_PROT\. Known here: FRAUD_NAME, FRAUD_PORT"
    ):
        Example.read()


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_PORT", "http")
    with pytest.raises(SettingsError, match=r"FRAUD_PORT: .*; FRAUD_NAME: Field required"):
        Example.read()
