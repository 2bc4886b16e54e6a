"""Versions and aliases in the store."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from support.registries.local_registry import artifact_digest, logged, md5, names, pending, sequence, upload
from wandb_local.errors import ConflictError, InvalidRequestError, NotFoundError
from wandb_local.store import AliasAdded, Store
from wandb_local.store.artifacts.versions import Draft
from wandb_local.store.records import CollectionKind


def test_versions_count_in_the_order_of_their_commits(store: Store) -> None:
    model = sequence(store)
    first, second = pending(store, model, b"1"), pending(store, model, b"2")
    for artifact in (second, first):
        store.artifacts.commit(artifact)
    versions = [store.collections.placed(model, artifact).version for artifact in (first, second)]
    assert (versions, names(store, model)) == ([1, 0], {"latest": "v1"})


def test_a_second_commit_changes_nothing(store: Store) -> None:
    model = sequence(store)
    artifact = logged(store, model, b"1")
    assert store.artifacts.commit(artifact) == artifact
    assert len(store.collections.versions(model)) == 1


def test_an_alias_names_one_version_of_its_collection(store: Store) -> None:
    model, other = sequence(store), sequence(store, "other")
    logged(store, model, b"1", "production")
    logged(store, other, b"1", "production")
    logged(store, model, b"2", "production")
    assert names(store, model) == {"latest": "v1", "production": "v1"}
    assert names(store, other) == {"latest": "v0", "production": "v0"}


def test_an_alias_is_only_taken_from_the_version_it_names(store: Store) -> None:
    model = sequence(store)
    first = store.collections.placed(model, logged(store, model, b"1", "production"))
    logged(store, model, b"2", "production")
    store.aliases.remove(model, first, "production")
    assert names(store, model)["production"] == "v1"


def test_a_reference_is_an_alias_a_version_or_a_digest(store: Store) -> None:
    model = sequence(store)
    artifact = logged(store, model, b"1", "production")
    place = store.collections.placed(model, artifact)
    found = [
        store.collections.resolve(model, reference)
        for reference in ("production", "latest", "v0", artifact.digest, "v1", "nope", "v01")
    ]
    assert found == [place, place, place, place, None, None, None]


def test_listeners_hear_of_moves_once_they_are_sure(store: Store) -> None:
    model, heard = sequence(store), list[AliasAdded]()
    store.aliases.subscribe(heard.append)
    place = store.collections.placed(model, logged(store, model, b"1", "production"))
    with suppress(InvalidRequestError), store.database.transaction():
        store.aliases.point(model, place, "staging")
        store.aliases.point(model, place, "v7")
    with store.database.transaction():
        store.aliases.point(model, place, "production")
        assert len(heard) == 2
    assert [added.alias for added in heard] == ["production", "latest"]
    assert names(store, model) == {"latest": "v0", "production": "v0"}


def test_a_version_with_aliases_is_not_deleted_by_accident(store: Store) -> None:
    model = sequence(store)
    first, second = logged(store, model, b"1", "production"), logged(store, model, b"2")
    with pytest.raises(ConflictError, match=r"has aliases \(production\)"):
        store.artifacts.delete(first, with_aliases=False)
    store.artifacts.delete(second, with_aliases=True)
    assert names(store, model) == {"latest": "v0", "production": "v0"}
    assert store.collections.placed(model, logged(store, model, b"3")).version == 2


def test_the_bytes_of_a_deleted_version_go_unless_another_has_them(store: Store, tmp_path: Path) -> None:
    def blobs() -> int:
        return sum(path.is_file() for path in (tmp_path / "blobs").glob("??/*"))

    model = sequence(store)
    gone, kept = logged(store, model, b"1"), logged(store, model, b"2")
    assert blobs() == 4
    with store.database.transaction():
        store.artifacts.delete(gone, with_aliases=True)
    assert blobs() == 2
    blob_id = store.artifact_files.by_digest(kept.id, md5(b"2"))
    assert blob_id is not None
    assert store.blobs.stored_path(blob_id).read_bytes() == b"2"
    assert (store.artifact_files.of_artifact(gone), store.artifact_files.manifest(gone)) == ([], None)


def test_a_deleted_version_cannot_come_back(store: Store) -> None:
    model = sequence(store)
    artifact = pending(store, model, b"1")
    deleted = store.artifacts.delete(artifact, with_aliases=False)
    with pytest.raises(ConflictError, match="was deleted"):
        store.artifacts.commit(deleted)
    assert store.artifacts.committed(model, artifact.digest) is None


def test_a_collection_has_one_type_and_one_kind(store: Store) -> None:
    model = sequence(store)
    project = store.projects.get(model.project_id)
    with pytest.raises(ConflictError, match="'model' has type 'model', not 'dataset'"):
        store.collections.ensure(project, CollectionKind.SEQUENCE, "model", "dataset")
    with pytest.raises(ConflictError, match="'model' is an ArtifactSequence, not an ArtifactPortfolio"):
        store.collections.ensure(project, CollectionKind.PORTFOLIO, "model", "model")


def test_a_linked_version_has_a_number_and_aliases_of_its_own(store: Store) -> None:
    model = sequence(store)
    logged(store, model, b"0")
    artifact = logged(store, model, b"1")
    project = store.projects.ensure("acme", "wandb-registry-model")
    portfolio = store.collections.ensure(project, CollectionKind.PORTFOLIO, "fraud", "model")
    for _ in range(2):
        store.artifacts.place(portfolio, artifact, ["staging"])
    assert names(store, portfolio) == {"latest": "v0", "staging": "v0"}
    assert names(store, model) == {"latest": "v1"}
    assert [place.version for place in store.collections.places(artifact)] == [1, 0]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"{", "cannot be read"),
        (b'{"version": 2, "contents": {}}', "version 2 is unknown"),
        (b'{"version": 1, "contents": {"../x": {"digest": "d"}}}', "invalid file name"),
        (b'{"version": 1, "contents": {"x": {"digest": "d", "size": 1}}}', "never uploaded completely"),
        (b'{"version": 1, "contents": {"x": {}}}', "KeyError"),
    ],
)
def test_a_manifest_that_cannot_be_kept_is_refused(store: Store, manifest: bytes, said: str) -> None:
    artifact = store.artifacts.create(sequence(store), None, Draft(digest="d"))
    upload(store, store.artifact_files.announce_manifest(artifact, None).blob_id, manifest)
    with pytest.raises((ConflictError, InvalidRequestError)) as error:
        store.artifacts.commit(artifact)
    assert said in str(error.value)


def test_a_reference_entry_needs_no_upload(store: Store) -> None:
    draft = Draft(digest=artifact_digest({"x": "etag"}))
    artifact = store.artifacts.create(sequence(store), None, draft)
    entry = {"digest": "etag", "size": 7, "ref": "s3://bucket/x"}
    manifest = json.dumps({"version": 1, "contents": {"x": entry}}).encode()
    upload(store, store.artifact_files.announce_manifest(artifact, None).blob_id, manifest)
    committed = store.artifacts.commit(artifact)
    (file,) = store.artifact_files.of_artifact(committed)
    assert (file.reference, file.blob_id, committed.size, committed.file_count) == (
        "s3://bucket/x",
        None,
        7,
        1,
    )


def test_without_a_manifest_there_is_no_commit(store: Store) -> None:
    artifact = store.artifacts.create(sequence(store), None, Draft(digest="d"))
    with pytest.raises(ConflictError, match="has no manifest"):
        store.artifacts.commit(artifact)


def test_what_another_server_made_is_not_found(store: Store) -> None:
    artifact = logged(store, sequence(store), b"1")
    with pytest.raises(NotFoundError):
        store.artifacts.get(artifact.id + 1)
    with pytest.raises(NotFoundError, match="is not a version of 'other'"):
        store.collections.placed(sequence(store, "other"), replace(artifact))
