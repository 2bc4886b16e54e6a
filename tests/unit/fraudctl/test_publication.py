"""What a release must prove before it is published."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from fraud_contract.artifacts.loading import GOLDEN, MODEL_DOCUMENT
from fraud_contract.artifacts.manifest import seal
from fraud_contract.errors import ArtifactCorrupt, ArtifactError
from fraud_local.registry import Registry
from fraud_registry.access.account import Account
from fraud_training.plan.quality_gates import QualityGateFailed
from fraudctl.flows.publication import RoomMissing, require_publishable, require_room
from support.artifacts.training_output import write_training_output

ACCOUNT = Account(base_url="http://127.0.0.1:1", api_key=SecretStr("k" * 40))


class Nowhere:
    def stage(self, name: str) -> None: ...

    def advance(self, done: int, total: int) -> None: ...


def edited(path: Path, edit: Callable[[dict[str, object]], None]) -> None:
    """Change a document of the model, and seal the artifact as whoever trained it would have."""
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))
    seal(path.parent, "model")


def test_a_release_as_training_wrote_it_may_be_published(tmp_path: Path) -> None:
    require_publishable(write_training_output(tmp_path / "out", 70.0), Nowhere(), accepts_failed_gates=False)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("score", 0.5, "golden row"), ("decision", 2, "the policy decides its golden rows otherwise")],
)
def test_golden_rows_that_the_serving_code_does_not_give_are_refused(
    tmp_path: Path, column: str, value: float, message: str
) -> None:
    folder = write_training_output(tmp_path / "out", 70.0)

    def change(golden: dict[str, object]) -> None:
        values = golden[column]
        assert isinstance(values, list)
        values[0] = value if values[0] != value else value / 2

    edited(folder / "production_model" / GOLDEN, change)
    with pytest.raises(ArtifactCorrupt, match=message):
        require_publishable(folder, Nowhere(), accepts_failed_gates=False)


def test_a_model_below_its_quality_gates_is_published_only_if_that_is_accepted(tmp_path: Path) -> None:
    folder = write_training_output(tmp_path / "out", 70.0)

    def fail(document: dict[str, object]) -> None:
        document["metrics"] = {"failed_gates": ["ROC AUC 0.9, at least 0.995 is needed"]}

    edited(folder / "production_model" / MODEL_DOCUMENT, fail)
    with pytest.raises(
        QualityGateFailed, match=r"failed 1 quality gate.*ROC AUC 0\.9.*Nothing was published"
    ):
        require_publishable(folder, Nowhere(), accepts_failed_gates=False)
    require_publishable(folder, Nowhere(), accepts_failed_gates=True)


def test_compiled_features_of_another_preprocessor_are_refused(tmp_path: Path) -> None:
    folder, other = (write_training_output(tmp_path / str(mean), mean) for mean in (70.0, 71.0))
    name = "preprocessor/preprocessor.skops"
    (folder / name).write_bytes((other / name).read_bytes())
    digest = seal(folder / "preprocessor", "preprocessor")

    def pair(document: dict[str, object]) -> None:
        pin = document["preprocessor"]
        assert isinstance(pin, dict)
        pin["digest"] = digest

    edited(folder / "production_model" / MODEL_DOCUMENT, pair)
    with pytest.raises(ArtifactError, match="differ"):
        require_publishable(folder, Nowhere(), accepts_failed_gates=False)


def test_a_full_disk_of_the_embedded_registry_is_found_before_anything_is_uploaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "booster").write_bytes(bytes(4 << 20))
    embedded = Registry(ACCOUNT, tmp_path / "api-key")
    require_room(embedded, tmp_path)
    free = shutil.disk_usage(tmp_path)._replace(free=20 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    require_room(embedded, tmp_path)
    (tmp_path / "golden.json").write_bytes(bytes(1))
    with pytest.raises(
        RoomMissing, match=r"^20 MiB are free at .* takes about 20 MiB\. Nothing was published"
    ):
        require_room(embedded, tmp_path)
    require_room(Registry(ACCOUNT), tmp_path)  # W&B's disk is its own
