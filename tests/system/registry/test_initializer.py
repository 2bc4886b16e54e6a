"""The storage initializer as KServe runs it: arguments, environment, exit codes."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_registry.access.account import Account
from fraud_registry.access.authorities import CA_CERTIFICATES
from fraud_registry.records.metadata import with_digest
from fraud_registry.references import Published
from support.certificates import issue


def initialize(
    account: Account | None, *arguments: object, **variables: str
) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    return subprocess.run(
        [sys.executable, "-m", "fraud_registry", *map(str, arguments)],
        env=environ | (account.environment if account else {}) | variables,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_both_artifacts_land_directly_in_their_folders(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    model, preprocessor = tmp_path / "model", tmp_path / "preprocessor"
    model.mkdir()  # as the mount point exists in a pod
    ended = initialize(shared, published.model.uri, model, published.preprocessor.uri, preprocessor)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    require_pair(ModelArtifact.load(model), PreprocessorArtifact.load(preprocessor))
    assert ModelArtifact.load(model).version == "v0"


def test_the_pinned_digest_is_taken_and_another_is_refused(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    reference = with_digest(published.model)
    ended = initialize(shared, reference, tmp_path / "right")
    assert (0, "") == (ended.returncode, ended.stderr)
    other = initialize(shared, replace(reference, digest="0" * 64), tmp_path / "other")
    assert 6 == other.returncode
    assert (
        f"{published.model.uri}@sha256:{'0' * 64} was pinned, but the registry holds sha256:" in other.stderr
    )
    assert [] == list((tmp_path / "other").iterdir())


def test_certificates_of_a_private_authority_are_taken_and_others_refused(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    no_certificate = initialize(
        shared, published.model.uri, tmp_path / "none", **{CA_CERTIFICATES: "no certificate"}
    )
    assert 2 == no_certificate.returncode
    assert "WANDB_CA_CERTIFICATES holds no certificate" in no_certificate.stderr
    certificate = issue(tmp_path / "tls").chain
    taken = initialize(
        shared, published.model.uri, tmp_path / "model", **{CA_CERTIFICATES: certificate.read_text()}
    )
    assert (0, "") == (taken.returncode, taken.stderr)


def test_a_missing_version_is_exit_code_3_in_one_line(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    ended = initialize(shared, "wandb://local/shared/production_model:v9", tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith("error: No production_model:v9 in local/shared")
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("update", "code", "message"),
    [
        ({"base_url": "http://127.0.0.1:9"}, 5, "error: W&B at 127.0.0.1:9: cannot be reached"),
        ({"entity": None}, 2, "error: A pod takes a pinned version"),
    ],
)
def test_failures_have_exit_codes(
    registry: Account, tmp_path: Path, update: dict[str, str], code: int, message: str
) -> None:
    version = "v0" if "base_url" in update else "production"
    uri = f"wandb://local/shared/production_model:{version}"
    ended = initialize(registry.model_copy(update=update), uri, tmp_path)
    assert ended.returncode == code
    assert ended.stderr.startswith(message)


def test_a_folder_that_holds_something_else_is_refused(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    (tmp_path / "stale.bin").touch()
    ended = initialize(shared, published.model.uri, tmp_path)
    assert ended.returncode == 6
    assert "stale.bin, not in its manifest" in ended.stderr


def test_no_key_is_a_matter_of_settings(tmp_path: Path) -> None:
    ended = initialize(None, "wandb://local/shared/production_model:v0", tmp_path)
    assert (ended.returncode, ended.stderr) == (
        2,
        "error: No W&B key: set WANDB_API_KEY or WANDB_API_KEY_FILE in the environment.\n",
    )
