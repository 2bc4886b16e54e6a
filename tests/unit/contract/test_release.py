"""A release is known by its content, and called by a name."""

import pytest

from fraud_contract.release import ArtifactPin, Release

MODEL = ArtifactPin(digest="a" * 64, version="v3", uri="wandb://team/fraud/production_model:v3")
PREPROCESSOR = ArtifactPin(digest="b" * 64, version="v2")
RELEASE = Release(
    model=MODEL,
    preprocessor=PREPROCESSOR,
    settings={"FRAUD_UNKNOWN_CATEGORY": '"refuse"'},
    images={"transformer": "example.com/transformer@sha256:1"},
    template="c" * 64,
)


@pytest.mark.parametrize(
    "change",
    [
        {"model": MODEL.model_copy(update={"digest": "d" * 64})},
        {"preprocessor": PREPROCESSOR.model_copy(update={"digest": "d" * 64})},
        {"model": PREPROCESSOR, "preprocessor": MODEL},
        {"settings": {}},
        {"images": {"transformer": "example.com/transformer@sha256:2"}},
        {"template": None},
    ],
)
def test_any_change_of_content_gives_another_fingerprint_and_name(change: dict[str, object]) -> None:
    other = RELEASE.model_copy(update=change)
    assert RELEASE.fingerprint != other.fingerprint
    assert RELEASE.name != other.name


def test_equal_content_has_one_fingerprint_wherever_it_lies() -> None:
    tagged_again = MODEL.model_copy(update={"version": "v9", "uri": None, "registry_digest": "0" * 32})
    assert RELEASE.fingerprint == RELEASE.model_copy(update={"model": tagged_again}).fingerprint


def test_the_fingerprint_is_the_same_for_ever() -> None:
    bare = Release(model=MODEL, preprocessor=PREPROCESSOR)
    assert "625865a74ba18b2223f66e7ed2e51392319764a36b39f6f0d4de0b696362c4f8" == bare.fingerprint
    assert f"fraud-{bare.fingerprint[:8]}" == bare.name


def test_a_pod_reports_the_release_without_its_deployment() -> None:
    known_to_a_pod = Release(model=MODEL, preprocessor=PREPROCESSOR, settings=RELEASE.settings)
    assert known_to_a_pod.fingerprint == RELEASE.without_deployment().fingerprint
    assert known_to_a_pod.fingerprint != RELEASE.fingerprint


def test_a_release_is_read_as_it_was_written() -> None:
    assert RELEASE == Release.model_validate_json(RELEASE.model_dump_json())
