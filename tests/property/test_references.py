"""References to artifacts: what is written is read back, and what is none is refused in one line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from fraud_contract.errors import InvalidReference
from fraud_registry.access.account import Account
from fraud_registry.publishing.publish import publish
from fraud_registry.references import Pin, Reference, parse

NOWHERE = Account(base_url="http://127.0.0.1:1", api_key=SecretStr("k" * 40))

names = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,30}\Z")
projects = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="/\\#?%:"), min_size=1, max_size=20
)
versions = st.integers(0, 999_999).map("v{}".format)


@given(names, names)
def test_a_short_reference_is_read_back(name: str, version: str) -> None:
    reference = Reference(name, version)
    assert parse(str(reference)) == reference


@given(names, projects.filter(lambda name: set(name) != {"."}), names, names)
def test_a_full_reference_is_read_back(entity: str, project: str, name: str, version: str) -> None:
    reference = Reference(name, version, entity, project)
    assert parse(str(reference)) == reference


@given(names, names, names, versions)
def test_a_pins_uri_is_a_pinned_reference(entity: str, project: str, name: str, version: str) -> None:
    pin = Pin(entity=entity, project=project, name=name, version=version, registry_digest="0" * 32)
    assert pin.uri == f"wandb://{entity}/{project}/{name}:{version}"
    assert parse(pin.uri) == pin.reference
    assert parse(pin.uri).pinned


@given(names, names, names, versions, st.from_regex(r"\A[0-9a-f]{64}\Z"))
def test_a_reference_with_a_digest_is_read_back(
    entity: str, project: str, name: str, version: str, digest: str
) -> None:
    reference = Reference(name, version, entity, project, digest)
    assert f"wandb://{entity}/{project}/{name}:{version}@sha256:{digest}" == str(reference)
    assert reference == parse(str(reference))


@pytest.mark.parametrize(
    "text",
    [
        f"wandb://team/project/production_model:production@sha256:{'0' * 64}",
        f"wandb://team/project/production_model:v1@sha256:{'0' * 63}",
        f"wandb://team/project/production_model:v1@sha256:{'A' * 64}",
        f"wandb://team/project/production_model:v1@md5:{'0' * 32}",
        f"production_model:v1@sha256:{'0' * 64}",
    ],
)
def test_a_digest_of_an_alias_or_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse(text)


def test_a_blank_in_a_project_is_written_as_in_an_address() -> None:
    reference = Reference("production_model", "v1", "team", "Fraud Detection")
    assert "wandb://team/Fraud%20Detection/production_model:v1" == str(reference)
    assert reference == parse(str(reference))


@given(st.text())
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        reference = parse(text)
    except InvalidReference as refused:
        assert len(refused.message.splitlines()) == 1  # noqa: PT017 - most texts are refused, not all
    else:
        assert str(reference) == text


@pytest.mark.parametrize("alias", ["production", "v", "v01", "v-1", "V1", "v1a", "latest"])
def test_an_alias_is_no_pin(alias: str) -> None:
    assert not parse(f"production_model:{alias}").pinned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "production_model",
        "production_model:",
        ":v1",
        "wandb://production_model:v1",
        "wandb://team/fraud/../x:v1",
        "wandb://team/../../etc:v1",
        "s3://team/fraud/model:v1",
        "wandb://team/fraud/model:v1/x",
        "wandb://team/fraud/model:v1\n",
        "model:v1 ",
        "wandb://team/%2e%2e/model:v1",
        "wandb://team/..%2Fetc/model:v1",
        "wandb://team/a%0Ab/model:v1",
        "wandb://team/%ff/model:v1",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference, match="is no artifact"):
        parse(text)


@pytest.mark.parametrize("name", ["", "bad!", "two words", "-v3", "production_model:v3", "a" * 129, "v3\n"])
def test_what_can_be_no_alias_is_refused_before_the_registry_is_asked(name: str) -> None:
    with pytest.raises(InvalidReference, match="is no alias"):
        publish(NOWHERE, Path(), (name,))
