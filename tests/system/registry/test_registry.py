"""Publish, resolve, fetch and promote with the real SDK against the embedded registry."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_contract.artifacts.loading import ModelArtifact, Origin, PreprocessorArtifact, require_pair
from fraud_contract.artifacts.manifest import ORIGIN
from fraud_contract.errors import (
    ArtifactCorrupt,
    InvalidReference,
    NotInRegistry,
    PairMismatch,
    UnusableInRegistry,
    UsageError,
)
from fraud_registry.access.account import Account
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.artifacts.listing import releases
from fraud_registry.artifacts.resolve import resolve, resolve_reference, resolve_release
from fraud_registry.publishing.datasets import publish_dataset
from fraud_registry.publishing.promote import planned
from fraud_registry.publishing.publish import publish
from fraud_registry.records.metadata import with_digest
from fraud_registry.references import Published, ReleasePins
from fraud_registry.worker.connection import Connection
from support.artifacts.datasets import small_dataset
from support.registries.by_hand import delete, log_by_hand, log_folder
from support.registries.promotion import promote

Trained = Callable[[float], Path]

RUN = """query Run($entity: String!, $project: String!, $run: String!) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    jobType state config summaryMetrics historyLineCount
    outputArtifacts { edges { node { artifactType { name } fileCount } } } } } }"""
USED = """query Used($entity: String!, $project: String!, $run: String!) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    inputArtifacts { edges { node { id } } } } } }"""
MEMBER = """query Member($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) { versionIndex } } }"""


def ask(account: Account, query: str, **variables: str) -> dict[str, Any]:
    """The project in the registry's answer to a query, without the SDK."""
    answer = httpx.post(
        f"{account.base_url}/graphql",
        auth=("api", account.api_key.get_secret_value()),
        json={"query": query, "variables": {"entity": "local", "project": account.project, **variables}},
    )
    found: dict[str, Any] = answer.json()["data"]["project"]
    return found


def version(account: Account, name: str, alias: str) -> int:
    """Version number of the artifact that has the alias."""
    found = ask(account, MEMBER, name=f"{name}:{alias}")["artifactCollectionMembership"]
    return int(found["versionIndex"])


def versions(account: Account, alias: str) -> tuple[int, int]:
    """Version numbers of model and preprocessor that have the alias."""
    return version(account, "production_model", alias), version(account, "preprocessor", alias)


def unreachable(account: Account) -> Account:
    """The account, if its registry were down."""
    return account.model_copy(update={"base_url": "http://127.0.0.1:9"})


def pins_of(published: Published) -> ReleasePins:
    return ReleasePins(model=published.model, preprocessor=published.preprocessor)


class Stages(list[str]):
    """A progress that remembers."""

    def stage(self, name: str) -> None:
        self.append(name)


def test_publishing_makes_one_training_run_with_both_artifacts(shared: Account, published: Published) -> None:
    run = ask(shared, RUN, run=published.run_url.rpartition("/")[2])["run"]
    assert (run["jobType"], run["state"], run["historyLineCount"]) == ("training", "finished", 4)
    assert json.loads(run["config"])["trees"]["value"] == 3
    summary = json.loads(run["summaryMetrics"])
    assert summary["evaluation/average_precision"] == 0.8
    assert summary["feature_importance"]["_type"] == "table-file"
    artifacts = (edge["node"] for edge in run["outputArtifacts"]["edges"])
    files = {each["artifactType"]["name"]: each["fileCount"] for each in artifacts}
    assert (files["preprocessor"], files["model"]) == (4, 4)  # origin.json stays behind


def test_the_registry_shows_what_a_release_is_without_a_download(published: Published) -> None:
    shown, beside = published.model.metadata, published.preprocessor.metadata
    for key in ("quick", "metrics", "evaluation_window", "libraries"):
        assert shown[key] == beside[key]
    assert shown["preprocessor"] == {
        "version": published.preprocessor.version,
        "digest": published.preprocessor.metadata["manifest_digest"],
    }
    assert shown["quick"] is True
    assert shown["feature_spec_hash"] == published.preprocessor.metadata["feature_spec_hash"]


def test_a_published_release_is_found_by_alias_and_by_version(shared: Account, published: Published) -> None:
    assert resolve_release(shared, "candidate") == pins_of(published)
    assert resolve(shared, "preprocessor", "v0") == published.preprocessor


def test_a_missing_version_is_reported_with_those_that_exist(shared: Account, published: Published) -> None:
    expected = (
        rf"^No production_model:nope in local/shared at {shared.host}\. There is v0 \(.*candidate.*\)\.$"
    )
    with pytest.raises(NotInRegistry, match=expected):
        resolve(shared, "production_model", "nope")


def test_an_empty_project_is_reported(account: Account) -> None:
    expected = r"Nothing of that name is there: publish a training run .*WANDB_PROJECT\.$"
    with pytest.raises(NotInRegistry, match=expected):
        resolve_release(account, "production")


def test_a_fetched_pair_is_what_was_published_and_needs_no_registry_the_second_time(
    shared: Account, shared_folder: Path, published: Published, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    model = ModelArtifact.load(fetch(shared, published.model, cache, 60.0))
    preprocessor = PreprocessorArtifact.load(fetch(shared, published.preprocessor, cache, 60.0))
    require_pair(model, preprocessor)
    assert model.digest == ModelArtifact.load(shared_folder / "production_model").digest
    assert model.folder == cache / model.digest
    assert Origin.read(model.folder / ORIGIN).registry_digest == published.model.registry_digest
    assert fetch(unreachable(shared), published.model, cache, 60.0) == model.folder
    kept = sorted(path.name for path in cache.iterdir())
    assert kept == sorted([model.digest, preprocessor.digest, "pins"])


def test_fetching_the_same_pin_twice_at_once_gives_it_to_both(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    found: list[Path] = []

    def fetch_it() -> None:
        found.append(fetch(shared, published.model, tmp_path, 60.0))

    threads = [threading.Thread(target=fetch_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / published.model.metadata["manifest_digest"]] * 2


def test_a_version_with_another_digest_than_pinned_is_refused(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    replaced = published.model.model_copy(update={"registry_digest": "0" * 32})
    with pytest.raises(ArtifactCorrupt, match=r"^wandb://.*:v0 has digest .* Somebody replaced the version"):
        fetch(shared, replaced, tmp_path, 60.0)
    assert list(tmp_path.iterdir()) == []


def test_a_mixed_pair_is_refused_before_anything_is_sent(account: Account, trained: Trained) -> None:
    one, other = trained(1), trained(2)
    (one / "production_model").rename(one / "aside")
    (other / "production_model").rename(one / "production_model")
    with pytest.raises(PairMismatch):
        publish(unreachable(account), one)


def test_publishing_again_gives_the_same_versions(
    shared: Account, shared_folder: Path, published: Published
) -> None:
    stages = Stages()
    again = publish(shared, shared_folder, aliases=("again",), progress=stages)
    assert stages == ["alias again"]  # nothing is uploaded
    assert "" == again.run_url
    with pytest.raises(UsageError, match="are moved by `fraudctl registry promote`"):
        publish(shared, shared_folder, aliases=("production",))
    assert (again.model, again.preprocessor) == (published.model, published.preprocessor)
    assert versions(shared, "candidate") == versions(shared, "again") == (0, 0)


def test_a_model_logged_by_hand_is_unusable_and_keeps_its_aliases(account: Account, trained: Trained) -> None:
    log_by_hand(account, "production_model", "model", "production", "candidate")
    with pytest.raises(UnusableInRegistry, match=r"production_model:v0 cannot be used: .* holds model\.pkl"):
        resolve_release(account, "production")
    folder = trained(1)
    with pytest.raises(UnusableInRegistry, match="production_model:v0"):
        publish(account, folder)
    published = publish(account, folder, aliases=("mine",))
    with pytest.raises(UnusableInRegistry, match="production_model:v0"):
        promote(account, pins_of(published))
    assert 0 == version(account, "production_model", "production")
    by_hand = resolve(account, "production_model", "production")
    with pytest.raises(UnusableInRegistry, match=r"it was not published by fraudctl; it holds model\.pkl"):
        fetch(account, by_hand, folder.parent / "cache")
    listed = releases(account, 10)
    assert [("v1", True), ("v0", False)] == [(each.model.version, not each.problem) for each in listed]
    assert ("candidate", "production") == tuple(sorted(listed[1].aliases))
    promote(account, pins_of(published), replace_unusable=True)
    assert (1, 0) == versions(account, "production")
    assert 0 == version(account, "production_model", "previous")


def test_a_version_of_too_many_files_is_refused_before_any_is_fetched(
    account: Account, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(260):
        (folder / f"{number}.json").write_text("{}")
    log_folder(account, "preprocessor", "preprocessor", folder)
    many = resolve(account, "preprocessor", "latest")
    with pytest.raises(UnusableInRegistry, match=r"preprocessor:v0 .* it has 260 files, at most 259"):
        fetch(account, many, tmp_path / "cache")
    assert [] == [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["production_model", "preprocessor"])
def test_artifacts_of_another_type_are_unusable_before_a_run_is_started(
    account: Account, trained: Trained, name: str
) -> None:
    log_by_hand(account, name, "pipeline")
    stages = Stages()
    with pytest.raises(UnusableInRegistry, match="its W&B type is 'pipeline'"):
        resolve_release(account, "production")
    with pytest.raises(UnusableInRegistry, match="its W&B type is 'pipeline'"):
        publish(account, trained(1), progress=stages)
    assert [] == stages
    assert 0 == version(account, name, "latest")


def test_a_release_whose_preprocessor_was_deleted_is_unusable(account: Account, trained: Trained) -> None:
    promote(account, pins_of(publish(account, trained(1))))
    delete(account, "preprocessor:v0")
    gone = r"preprocessor:v0, which it was trained with, is not there any more"
    with pytest.raises(UnusableInRegistry, match=gone):
        resolve_release(account, "production")
    (listed,) = releases(account, 10)
    assert ("v0", True) == (listed.preprocessor, "is not there any more" in listed.problem)


def test_a_project_with_a_blank_in_its_name_is_used_as_any_other(
    registry: Account, trained: Trained, tmp_path: Path
) -> None:
    account = registry.model_copy(update={"project": "Fraud Detection"})
    published = publish(account, trained(1))
    assert "wandb://local/Fraud%20Detection/production_model:v0" == published.model.uri
    assert published.model == resolve_reference(account, published.model.uri)
    assert fetch(account, published.model, tmp_path / "cache").is_dir()


def test_a_release_of_another_project_or_content_is_never_taken_for_one_of_this(
    shared: Account, published: Published
) -> None:
    uri = published.model.uri
    named = ("v0", "production_model:candidate", uri, str(with_digest(published.model)))
    with Connection(shared) as connection:
        assert [pins_of(published)] * 4 == [resolve_release(connection, text) for text in named]
    refused = {
        uri.replace("/shared/", "/elsewhere/"): "is of another project than local/shared",
        published.preprocessor.uri: "is no release. Name the production_model",
        "no release": "is no artifact",
        f"{uri}@sha256:{'0' * 64}": "was asked for, and wandb://local/shared/production_model:v0 holds",
    }
    with Connection(shared) as connection:
        for text, message in refused.items():
            for look_up in (resolve_release, planned):
                with pytest.raises((InvalidReference, ArtifactCorrupt), match=message):
                    look_up(connection, text)


def test_payments_that_were_logged_by_hand_are_no_evidence_of_a_release_and_keep_their_name(
    account: Account, trained: Trained, tmp_path: Path
) -> None:
    log_by_hand(account, "evaluation_data", "payments")
    published = publish(account, trained(1))  # says as little of its window as they do
    run = published.run_url.rpartition("/")[2]
    assert [] == ask(account, USED, run=run)["run"]["inputArtifacts"]["edges"]
    with pytest.raises(UnusableInRegistry, match="its W&B type is 'payments', and 'dataset' is needed"):
        publish_dataset(account, small_dataset(tmp_path / "data").folder)


def test_a_damaged_note_of_where_an_artifact_is_from_is_written_again(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    kept = fetch(shared, published.model, tmp_path)
    note = (kept / ORIGIN).read_bytes()
    for damaged in (note[:20], b"", b"{}"):
        (kept / ORIGIN).write_bytes(damaged)
        assert kept == fetch(unreachable(shared), published.model, tmp_path)
        assert note == (kept / ORIGIN).read_bytes()
    next(tmp_path.glob("pins/**/v0-*")).write_bytes(b"\xff")
    assert kept == fetch(shared, published.model, tmp_path)
