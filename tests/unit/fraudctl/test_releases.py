"""What the list of releases says of each."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fraud_local.serving import ServedHere
from fraud_registry.references import ListedRelease, Pin
from fraudctl.commands.registry.releases import row_of

DIGEST = "a" * 64


def release(version: str = "v0", metadata: Mapping[str, object] | None = None) -> ListedRelease:
    """One in the registry with these metadata of its model."""
    model = Pin(
        entity="local",
        project="fraud",
        name="production_model",
        version=version,
        registry_digest="0" * 32,
        metadata={"manifest_digest": DIGEST, **(metadata or {})},
    )
    created = datetime(2026, 11, 28, 12, 0, 0, 123456, UTC)
    return ListedRelease(model=model, aliases=(), created_at=created, preprocessor="v0", problem="")


def served(version: str, port: int = 9090) -> ServedHere:
    """One that answers on this machine."""
    return ServedHere("fraud-1", f"http://127.0.0.1:{port}", version, DIGEST)


def test_of_versions_with_the_same_content_only_the_one_that_is_served_is_marked() -> None:
    of_v0 = [row_of(release(version), [served("v0")])["serving"] for version in ("v0", "v2")]
    assert ["http://127.0.0.1:9090", ""] == of_v0
    assert not row_of(release(metadata={"manifest_digest": "b" * 64}), [served("v0")])["serving"]


def test_a_folder_that_is_served_is_known_by_its_content_and_every_address_is_named() -> None:
    both = [served("unregistered"), served("v0", 9190)]
    assert "http://127.0.0.1:9090 http://127.0.0.1:9190" == row_of(release(), both)["serving"]


@pytest.mark.parametrize(
    ("metadata", "trained", "gates"),
    [
        ({"trained": "fully", "failed_gates": []}, "fully", "passed"),
        ({"quick": True}, "quickly", "not known"),
        (
            {"trained": "fully", "failed_gates": ["roc_auc .9 < .99", "brier_skill .1 < .5"]},
            "fully",
            "failed: roc_auc .9 < .99; brier_skill .1 < .5",
        ),
        ({"trained": "fully", "failed_gates": "by hand"}, "fully", "failed: by hand"),
        ({"trained": "elsewhere", "failed_gates": []}, "elsewhere", "not known"),
    ],
)
def test_quality_gates_that_were_failed_or_never_asked_are_told(
    metadata: dict[str, object], trained: str, gates: str
) -> None:
    row = row_of(release(metadata=metadata), [])
    assert (trained, gates) == (row["trained"], row["gates"])
