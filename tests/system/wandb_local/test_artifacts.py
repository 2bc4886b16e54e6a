"""Artifacts through the real SDK: versions, aliases, downloads, lineage, deletion."""

import threading
from pathlib import Path

import pytest
from wandb.errors import CommError

import wandb_local
from support.registries.sdk import ENTITY, Sdk


def test_versions_count_up_and_latest_follows(sdk: Sdk) -> None:
    with sdk.init() as run:
        first = sdk.log(run, "one", "production", metadata={"auc": 0.9}, description="d")
        second = sdk.log(run, "two", "candidate")
    assert (first.version, second.version) == ("v0", "v1")
    assert (
        sdk.found("v0").aliases,
        sorted(sdk.found("latest").aliases),
    ) == (["production"], ["candidate", "latest"])
    found = sdk.found("production")
    assert (f"{sdk.path}/model:production", {"auc": 0.9}, "d", "COMMITTED", 2) == (
        found.qualified_name,
        found.metadata,
        found.description,
        found.state,
        found.file_count,
    )
    listed = sdk.api.artifacts("model", f"{sdk.path}/model")
    assert [version.version for version in listed] == ["v1", "v0"]


def test_known_content_makes_no_new_version_but_moves_its_aliases(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one")
        sdk.log(run, "two")
        again = sdk.log(run, "one", "back")
    assert (again.version, sorted(sdk.found("v0").aliases)) == ("v0", ["back", "latest"])


def test_an_unchanged_file_of_a_new_version_is_found_again(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one")
        draft = sdk.found("v0").new_draft()
        added = sdk.folder / "added.txt"  # of the SDK's own folder for new files nobody can say when it goes
        added.write_text("new")
        draft.add_file(str(added))
        run.log_artifact(draft).wait(timeout=300)
    found = sdk.found("v1")
    assert [file.name for file in found.files()] == ["added.txt", "model.bin", "sub/meta.json"]
    root = Path(found.download(root=str(sdk.folder / "out")))
    assert ((root / "model.bin").read_bytes(), (root / "added.txt").read_text()) == (b"one" * 1000, "new")


def test_a_download_is_what_was_logged(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "wanted", "production")
    with sdk.init(job_type="serve") as user:
        used = user.use_artifact("model:production", type="model")
        root = Path(used.download(root=str(sdk.folder / "out")))
        used.verify(root=str(root))
    assert {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()} == {
        "model.bin": b"wanted" * 1000,
        "sub/meta.json": b'{"content": "wanted"}',
    }


def test_aliases_move_between_versions(sdk: Sdk) -> None:
    with sdk.init() as run:
        first, second = sdk.log(run, "one", "production"), sdk.log(run, "two")
    second.aliases.append("production")
    second.save()
    assert (sdk.found("v0").aliases, sdk.found("production").version) == ([], "v1")
    first = sdk.found("v0")
    first.aliases.append("production")
    first.save()
    assert sdk.found("production").version == "v0"
    first.aliases.remove("production")
    first.save()
    with pytest.raises(CommError, match="artifact membership 'model:production' not found"):
        sdk.found("production")


def test_metadata_description_and_tags_can_be_changed(sdk: Sdk) -> None:
    with sdk.init() as run:
        logged = sdk.log(run, "one", metadata={"a": 1})
    logged.metadata["verdict"] = {"pass": True}
    logged.description = "judged"
    logged.tags = ["gold"]
    logged.save()
    found = sdk.found("v0")
    assert (
        found.metadata,
        found.description,
        found.tags,
    ) == ({"a": 1, "verdict": {"pass": True}}, "judged", ["gold"])
    listed = sdk.api.artifacts("model", f"{sdk.path}/model", tags=["gold"])
    assert [version.version for version in listed] == ["v0"]


def test_lineage_is_known_from_both_sides(sdk: Sdk) -> None:
    with sdk.init() as maker:
        sdk.log(maker, "one")
    with sdk.init() as user:
        user.use_artifact("model:v0")
    with sdk.init() as deployment:
        pass
    sdk.api.run(f"{sdk.path}/{deployment.id}").use_artifact(sdk.found("v0"))
    found = sdk.found("v0")
    made_by = found.logged_by()
    assert made_by is not None
    assert (maker.id, [user.id, deployment.id]) == (made_by.id, [run.id for run in found.used_by()])
    maker_run, user_run = (sdk.api.run(f"{sdk.path}/{run.id}") for run in (maker, user))
    assert [artifact.name for artifact in maker_run.logged_artifacts()] == ["model:v0"]
    assert [artifact.name for artifact in user_run.used_artifacts()] == ["model:v0"]


def test_a_version_linked_to_the_registry_has_aliases_of_its_own_there(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "unlinked")
        logged = sdk.log(run, "one", "candidate")
        registered = f"fraud-{sdk.project}"
        logged.link(f"wandb-registry-model/{registered}", aliases=["staging"])
    found = sdk.api.artifact(f"{ENTITY}/wandb-registry-model/{registered}:staging")
    assert ("v0", "v1", logged.digest) == (found.version, found.source_version, found.digest)
    assert sorted(found.aliases) == ["latest", "staging"]
    assert sorted(sdk.found("v1").aliases) == ["candidate", "latest"]
    root = Path(found.download(root=str(sdk.folder / "out")))
    assert (root / "model.bin").read_bytes() == b"one" * 1000


def test_a_collection_knows_its_aliases_and_description(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one", "production")
    collection = sdk.api.artifact_collection("model", f"{sdk.path}/model")
    assert sorted(collection.aliases) == ["latest", "production"]
    collection.description = "what it is"
    collection.save()
    assert sdk.api.artifact_collection("model", f"{sdk.path}/model").description == "what it is"
    types = [kind.name for kind in sdk.api.artifact_types(sdk.path)]
    assert types == ["model"]


def test_an_aliased_version_is_not_deleted_by_accident(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one", "production")
        sdk.log(run, "two")
    with pytest.raises(CommError, match=r"cannot delete an artifact version that has aliases \(production\)"):
        sdk.found("v0").delete()
    sdk.found("v1").delete(delete_aliases=True)
    assert (
        sorted(sdk.found("v0").aliases),
        sdk.api.artifact_exists(f"{sdk.path}/model:v1"),
    ) == (["latest", "production"], False)
    with sdk.init() as run:
        assert sdk.log(run, "two").version == "v2"


def test_eight_threads_read_one_alias_while_it_moves(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one")
        sdk.log(run, "two", "production")
    api, seen = sdk.api, list[str]()

    def read() -> None:
        seen.extend(api.artifact(f"{sdk.path}/model:production").version for _ in range(5))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for reference in ["v0", "v1"] * 3:
        version = sdk.found(reference)
        version.aliases.append("production")
        version.save()
    for thread in threads:
        thread.join()
    assert (40, set()) == (len(seen), set(seen) - {"v0", "v1"})


def test_everything_survives_a_restart(isolated: Path, tmp_path: Path) -> None:
    with wandb_local.running(tmp_path / "data") as first:
        sdk = Sdk(first, "kept", tmp_path)
        with sdk.init(id="r", config={"a": 1}) as run:
            run.log({"x": 1})
            sdk.log(run, "one", "production")
    with wandb_local.running(tmp_path / "data") as second:
        sdk = Sdk(second, "kept", tmp_path / "second")
        found, kept = sdk.found("production"), sdk.run("r")
        root = Path(found.download(root=str(tmp_path / "out")))
        assert (first.api_key, "finished", [1]) == (
            second.api_key,
            kept.state,
            [row["x"] for row in kept.scan_history()],
        )
        assert (root / "model.bin").read_bytes() == b"one" * 1000
