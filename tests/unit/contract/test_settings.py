"""Settings come from the environment, and a mistake in them is told by name."""

from typing import Annotated

import pytest
from pydantic import AfterValidator

from fraud_contract.errors import SettingsError
from fraud_contract.settings import Settings


def _lower(text: str) -> str:
    if text != text.lower():
        raise ValueError("write it in lower case")
    return text


class Example(Settings):
    """Two settings."""

    port: int = 8080
    name: Annotated[str, AfterValidator(_lower)]


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


def test_what_a_validator_says_is_told_without_the_words_of_its_library() -> None:
    with pytest.raises(SettingsError) as refused:
        Example.read({"FRAUD_NAME": "N"})
    assert "Settings refused. FRAUD_NAME: write it in lower case" == refused.value.message


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_is_none_and_is_refused_by_name(value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Example.read({"FRAUD_NAME": value, "fraud_port": value})
    assert refused.value.message == (
        "FRAUD_NAME, fraud_port given, but empty. Give a value, or leave it out."
    )
