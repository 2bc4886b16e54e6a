"""Committed content never changes, and what a client claims about bytes is checked."""

import hashlib
import json

import httpx
import pytest

from support.registries.local_registry import artifact_digest, logged, md5, pending, sequence, upload
from wandb_local.errors import ConflictError, InvalidRequestError, RequestError, TooLargeError
from wandb_local.limits import MANIFEST_ENTRIES
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.artifacts.manifests import entries
from wandb_local.store.artifacts.versions import Draft
from wandb_local.store.records import Artifact
from wandb_local.values.identifiers import global_id


def committed_blobs(store: Store, artifact: Artifact) -> dict[str, bytes]:
    """The committed bytes by blob: of the one file, and of the manifest."""
    manifest = store.artifact_files.manifest(artifact)
    (file,) = store.artifact_files.of_artifact(artifact)
    assert manifest is not None
    assert file.blob_id is not None
    return {blob: store.blobs.stored_path(blob).read_bytes() for blob in (file.blob_id, manifest.blob_id)}


@pytest.mark.parametrize("announced", [True, False], ids=["digest announced", "no digest"])
async def test_an_upload_address_changes_nothing_after_the_commit(
    anyone: httpx.AsyncClient, service: Service, store: Store, announced: bool
) -> None:
    artifact = pending(store, sequence(store), b"content")
    manifest = json.dumps(
        {"version": 1, "contents": {"model.bin": {"digest": md5(b"content"), "size": 7}}}
    ).encode()
    last = store.artifact_files.announce_manifest(artifact, md5(manifest) if announced else None)
    upload(store, last.blob_id, manifest)
    before = committed_blobs(store, store.artifacts.commit(artifact))
    for blob, content in before.items():
        address = f"/blobs/{blob}?{service.access.sign('PUT', blob)}"
        assert (await anyone.put(address, content=b"evil" + content)).status_code in {400, 409}
        assert (await anyone.put(address, content=content)).status_code == 200
    assert committed_blobs(store, artifact) == before


async def test_a_manifest_of_a_committed_version_takes_no_other_digest(
    client: httpx.AsyncClient, store: Store
) -> None:
    manifest = store.artifact_files.manifest(logged(store, sequence(store), b"1"))
    assert manifest is not None
    query = "mutation ($i: I!) { updateArtifactManifest(input: $i) { artifactManifest { id } } }"
    given = {"artifactManifestID": global_id("ArtifactManifest", manifest.id), "digest": md5(b"2")}
    answer = await client.post("/graphql", json={"query": query, "variables": {"i": given}})
    assert (answer.status_code, "log a new version" in answer.text) == (409, True)


def test_a_manifest_digest_claimed_after_the_upload_must_be_its_own(store: Store) -> None:
    artifact = store.artifacts.create(sequence(store), None, Draft(digest="d"))
    manifest = store.artifact_files.announce_manifest(artifact, None)
    upload(store, manifest.blob_id, b"{}")
    with pytest.raises(ConflictError, match="the uploaded manifest's MD5 is"):
        store.artifact_files.expect(manifest, md5(b"other"))


def test_an_artifact_whose_digest_is_not_that_of_its_files_is_never_committed(store: Store) -> None:
    artifact = pending(store, sequence(store), b"content")
    store.database.run(
        "UPDATE artifact SET digest = ?", (hashlib.md5(b"x", usedforsecurity=False).hexdigest(),)
    )
    with pytest.raises(InvalidRequestError, match=artifact_digest({"model.bin": md5(b"content")})):
        store.artifacts.commit(store.artifacts.get(artifact.id))
    assert (store.artifacts.get(artifact.id).state, store.artifact_files.of_artifact(artifact)) == (
        "PENDING",
        [],
    )


@pytest.mark.parametrize("digest", ["", "x", "A" * 24, "/" * 22 + "==", md5(b"")[:-1], md5(b"") + "\n"])
async def test_a_digest_that_is_none_is_refused(
    client: httpx.AsyncClient, service: Service, store: Store, digest: str
) -> None:
    with pytest.raises(InvalidRequestError, match="must be an MD5 sum in base64"):
        store.blobs.announce(digest)
    blob = store.blobs.announce(None)
    address = f"/blobs/{blob}?{service.access.sign('PUT', blob)}"
    answer = await client.put(address, content=b"x", headers={"Content-MD5": digest.strip()})
    assert (answer.status_code, store.blobs.get(blob).stored_at) == (400, None) or digest.endswith("\n")


def manifest_of(*names: str, **fields: object) -> bytes:
    entry = {"digest": "d", "size": 1} | fields
    return json.dumps({"version": 1, "contents": dict.fromkeys(names, entry)}).encode()


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (manifest_of("a", "a!", "a/b"), "has 'a' as a file and as a folder"),
        (manifest_of("origin.json", "origin.json/x"), "has 'origin.json' as a file and as a folder"),
        (manifest_of("x/y", "x/y/z/w"), "has 'x/y' as a file and as a folder"),
        (manifest_of("x", size=-1), "the size of 'x' is -1"),
        (manifest_of("x", size=2**64), f"the size of 'x' is {2**64}"),
        (manifest_of("x", size="1"), "of the wrong kind"),
        (manifest_of("x", digest=5), "of the wrong kind"),
        (manifest_of("./x"), "invalid file name './x'"),
        (manifest_of("a//b"), "invalid file name 'a//b'"),
        (manifest_of("a\x1b[2Jb"), r"invalid file name 'a\x1b[2Jb'"),
        (manifest_of("a\nb"), r"invalid file name 'a\nb'"),
        (manifest_of("model\u202egpj.exe"), "invalid file name"),
        (manifest_of("\ud800"), "invalid file name"),
        (manifest_of("ä" * 200), "invalid file name"),
        (b'{"version": 1, "contents": {"x": {"digest": "a"}, "x": {"digest": "b"}}}', "'x' comes twice"),
        (b'{"version": 1, "contents": {"x": {"digest": "a", "digest": "b"}}}', "'digest' comes twice"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"version": 1, "contents": {"x": []}}', "cannot be read"),
    ],
)
def test_a_manifest_that_no_client_could_unpack_is_refused(manifest: bytes, said: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        entries(manifest)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "manifest", [b"[" + b"[]," * 1_000_000, manifest_of(*map(str, range(MANIFEST_ENTRIES + 1)))]
)
def test_a_manifest_of_too_many_entries_is_refused(manifest: bytes) -> None:
    with pytest.raises(TooLargeError, match="more than 100000 entries"):
        entries(manifest)


def test_a_version_of_as_many_files_as_may_be_is_committed_in_time(store: Store) -> None:
    names = [f"part-{number}/file" for number in range(20_000)]
    artifact = store.artifacts.create(
        sequence(store), None, Draft(digest=artifact_digest(dict.fromkeys(names, md5(b"same"))))
    )
    upload(store, store.artifact_files.announce(artifact, names[0], md5(b"same")).id, b"same")
    manifest = manifest_of(*names, digest=md5(b"same"), size=4)
    upload(store, store.artifact_files.announce_manifest(artifact, md5(manifest)).blob_id, manifest)
    assert store.artifacts.commit(artifact).file_count == 20_000


def test_refusals_of_names_can_be_shown_in_a_terminal() -> None:
    with pytest.raises(RequestError) as error:
        entries(manifest_of("\x1b]0;evil\x07"))
    assert str(error.value).isprintable()
