"""Settings come from the environment, and a mistake in them is told by name."""

import pytest

from fraud_contract.errors import SettingsError
from fraud_contract.settings import Settings


class Example(Settings):
    """Two settings."""

    port: int = 8080
    name: str


def test_the_environment_is_read_in_upper_and_lower_case() -> None:
    environ = {"FRAUD_NAME": "n", "fraud_port": "1", "PORT": "2"}
    assert Example(name="n", port=1) == Example.read(environ)


def test_without_an_environment_given_it_is_the_process_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_NAME", "n")
    assert Example(name="n") == Example.read()


@pytest.mark.parametrize("name", ["FRAUD_PROT", "fraud_prot"])
def test_an_unknown_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"Unknown setting {name}\. Known here: FRAUD_NAME, FRAUD_PORT"):
        Example.read({name: "1"})


def test_every_wrong_value_is_named() -> None:
    with pytest.raises(SettingsError, match=r"FRAUD_PORT: .*; FRAUD_NAME: Field required"):
        Example.read({"FRAUD_PORT": "http"})
