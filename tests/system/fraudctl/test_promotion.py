"""Replacing the release in production is a decision that somebody takes knowingly."""

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from fraud_contract.artifacts.signatures import SigningKey
from fraud_local.workspace import Workspace
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from support.artifacts.datasets import small_dataset
from support.artifacts.training_output import write_training_output
from support.fraudctl import fraudctl


def version(moved: CompletedProcess[str]) -> str:
    """Of the model that a command put into production."""
    uri: str = json.loads(moved.stdout)["model"]
    return uri.rpartition(":")[2]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A workspace whose registry runs already and holds v0 and v1."""
    with embedded(tmp_path / "home" / "var" / "wandb") as account:
        publish(account, write_training_output(tmp_path / "first", 70.0))
        second = write_training_output(tmp_path / "second", 71.0)
        assert 0 == fraudctl(tmp_path / "home", "publish", str(second)).returncode
        yield tmp_path / "home"


def test_a_release_in_production_is_replaced_only_after_a_comparison_and_a_yes(
    home: Path, tmp_path: Path
) -> None:
    first = fraudctl(
        home, "registry", "promote", "v0", "--reason", "the first", "-o", "json"
    )  # nothing is replaced
    assert (0, "v0") == (first.returncode, version(first))
    nowhere = fraudctl(home, "registry", "rollback", "--yes")
    assert (3, True) == (nowhere.returncode, "There is no release to go back to" in nowhere.stderr)
    refused = fraudctl(home, "registry", "promote")
    assert 2 == refused.returncode
    assert "version: v0 -> v1" in refused.stderr
    assert "production_model:v0 is in production, and nobody can be asked here" in refused.stderr
    compared = json.loads(fraudctl(home, "registry", "diff", "v0", "candidate", "-o", "json").stdout)
    assert ("version", "v0", "v1") == tuple(compared[0][each] for each in ("what", "first", "second"))
    accepted = fraudctl(home, "registry", "promote", "--yes")
    assert (0, True) == (accepted.returncode, "version: v0 -> v1" in accepted.stderr)
    again = fraudctl(home, "registry", "promote", "-o", "json")
    assert (0, "") == (again.returncode, json.loads(again.stdout)["previous"])
    assert "it was in production already: nothing was moved" in again.stderr
    back = fraudctl(home, "registry", "rollback", "--yes", "--reason", "too many reviews", "-o", "json")
    assert (0, "v0") == (back.returncode, version(back))
    checked = fraudctl(home, "registry", "verify", "-o", "json")
    checks = json.loads(checked.stdout)
    assert (
        0,
        [("pair", "yes"), ("content", "yes"), ("signature", "not checked"), ("golden rows", "yes")],
    ) == (
        checked.returncode,
        [(row["check"], row["holds"]) for row in checks],
    )
    key = SigningKey.new(tmp_path / "release.key", tmp_path / "release.pub").trusted_keys
    unsigned = fraudctl(home, "registry", "verify", FRAUD_TRUSTED_KEYS=key)
    assert (3, True) == (unsigned.returncode, "is not signed" in unsigned.stdout)
    distrusted = fraudctl(home, "registry", "promote", "--yes", FRAUD_TRUSTED_KEYS=key)
    assert (1, True) == (distrusted.returncode, "production_model:v1 is not signed" in distrusted.stderr)
    serving = fraudctl(home, "serve", fraud_trusted_keys=key)
    assert (1, True) == (serving.returncode, "error: production_model:v0 is not signed" in serving.stderr)
    rows = json.loads(fraudctl(home, "registry", "history", "-o", "json").stdout)
    expected = [("v0", "rollback", "too many reviews"), ("v1", "promote", ""), ("v0", "promote", "the first")]
    assert expected == [(row["model"], row["how"], row["why"]) for row in rows]
    then = json.loads(fraudctl(home, "registry", "history", "--at", rows[1]["since"], "-o", "json").stdout)
    assert {"v1"} <= {row["model"] for row in then}


def checks(home: Path, *arguments: str, **environ: str) -> tuple[int, dict[str, str]]:
    """Exit code of `registry verify`, and whether each check holds."""
    done = fraudctl(home, "registry", "verify", *arguments, "-o", "json", **environ)
    return done.returncode, {row["check"]: row["holds"] for row in json.loads(done.stdout)}


def test_datasets_are_signed_verified_and_refused_as_releases_are(tmp_path: Path) -> None:
    home, data = tmp_path / "home", "evaluation_data:evaluation"
    small_dataset(Workspace(home).datasets / "evaluation")
    own, other = (SigningKey.new(tmp_path / each, tmp_path / f"{each}.pub") for each in ("own", "other"))
    with embedded(home / "var" / "wandb"):
        done = fraudctl(home, "dataset", "publish", "--sign-with", str(tmp_path / "own"), "-o", "json")
        assert own.id == json.loads(done.stdout)["signed_by"]
        trusted = checks(home, data, FRAUD_TRUSTED_KEYS=own.trusted_keys)
        assert (0, {"content": "yes", "signature": "yes"}) == trusted
        assert (0, {"content": "yes", "signature": "not checked"}) == checks(home, data)
        wrong = checks(home, data, FRAUD_TRUSTED_KEYS=other.trusted_keys)
        assert (3, {"content": "yes", "signature": "no"}) == wrong
        release = write_training_output(tmp_path / "release", 70.0)
        judged = fraudctl(
            home, "judge", *[str(release)] * 2, "--dataset", data, FRAUD_TRUSTED_KEYS=other.trusted_keys
        )
    assert (1, True) == (judged.returncode, "evaluation_data:v0 is signed by none" in judged.stderr)
    nothing = fraudctl(home, "serve", FRAUD_TRUSTED_KEYS=own.trusted_keys)
    assert (1, True) == (
        nothing.returncode,
        "Nothing is in production, and a release trained" in nothing.stderr,
    )
