"""What a transformer says of the release it serves."""

import pytest

from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from support.artifacts.releases import Folders, write_release


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return write_release(tmp_path_factory.mktemp("release"), mean=1.0)


def served(folders: Folders, **settings: object) -> ServedRelease:
    given = {"model_dir": folders.model, "preprocessor_dir": folders.preprocessor} | settings
    return ServedRelease.load(TransformerSettings.model_validate(given))


def test_an_installation_names_a_release_and_leaves_its_fingerprint(folders: Folders) -> None:
    own, named = served(folders), served(folders, release="fraud-r1")
    assert (f"fraud-{own.fingerprint[:8]}", "fraud-r1") == (own.name, named.name)
    assert own.fingerprint == named.fingerprint == named.health(ready=True).fingerprint


@pytest.mark.parametrize(
    "setting",
    [
        {"policy": {"kind": "thresholds", "review": 0.05, "block": 0.5}},
        {"unknown_category": "refuse"},
        {"fallback": "review"},
    ],
)
def test_a_setting_that_changes_answers_makes_another_release(folders: Folders, setting: object) -> None:
    assert isinstance(setting, dict)
    assert served(folders).fingerprint != served(folders, **setting).fingerprint


def test_limits_and_ports_leave_the_release_as_it_is(folders: Folders) -> None:
    assert (
        served(folders).fingerprint == served(folders, max_rows=7, deadline=1.0, http_port=8181).fingerprint
    )
