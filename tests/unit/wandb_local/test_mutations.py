"""Mutations and queries that the SDK sends seldom, and what they refuse."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from support.registries.local_registry import SetClock, logged, md5, names, pending, sequence
from wandb_local.errors import NotFoundError, RequestError
from wandb_local.graph import Request, answer
from wandb_local.limits import Limits
from wandb_local.store import Store
from wandb_local.store.records import Artifact, Collection, CollectionKind
from wandb_local.values.identifiers import global_id

Ask = Callable[..., Any]
VERSIONS = """{ project(name: "fraud") { artifactCollection(name: "model") {
  artifacts%s { edges { version } } } } }"""


class Links:
    """Addresses that say what they are for."""

    def upload(self, blob_id: str) -> str:
        return f"put:{blob_id}"

    def download(self, blob_id: str) -> str:
        return f"get:{blob_id}"


@pytest.fixture
def ask(store: Store) -> Ask:
    def asked(query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        with store.database.transaction():
            return answer(Request.parse(query, variables, None, Limits()), store, Links(), "acme")

    return asked


@pytest.fixture
def change(ask: Ask) -> Ask:
    """Sends one mutation with its input, and selects `fields` of the answer."""

    def changed(mutation: str, fields: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        query = f"mutation ($input: X!) {{ {mutation}(input: $input) {{ {fields} }} }}"
        return ask(query, input=given)[mutation]

    return changed


@pytest.fixture
def model(store: Store) -> Collection:
    return sequence(store)


def artifact_id(artifact: Artifact) -> str:
    return global_id("Artifact", artifact.id)


def test_a_run_can_be_stopped_and_deleted(store: Store, change: Ask) -> None:
    change("upsertBucket", "inserted", name="r", modelName="p")
    project = store.projects.named("acme", "p")
    run = global_id("Run", store.runs.named(project, "r").id)
    assert change("stopRun", "success", id=run) == {"success": True}
    assert store.runs.named(project, "r").stop_requested == 1
    with pytest.raises(RequestError, match="delete a run's artifacts one by one"):
        change("deleteRun", "success", id=run, deleteArtifacts=True)
    assert change("deleteRun", "success", id=run) == {"success": True}
    with pytest.raises(NotFoundError):
        change("upsertBucket", "inserted", id=run)
    assert store.runs.of_project(project) == []


def test_a_version_leaves_a_registry_but_not_its_source(store: Store, model: Collection, change: Ask) -> None:
    first, second = logged(store, model, b"1"), logged(store, model, b"2")
    where = {"projectName": "wandb-registry-model", "artifactPortfolioName": "fraud"}
    for artifact in (first, second):
        change("linkArtifact", "versionIndex", artifactID=artifact_id(artifact), **where)
    project = store.projects.named("acme", "wandb-registry-model")
    portfolio = store.collections.named(project, "fraud")
    assert names(store, portfolio) == {"latest": "v1"}
    unlinked = {"artifactID": artifact_id(second)}
    change(
        "unlinkArtifact",
        "success",
        **unlinked,
        artifactPortfolioID=global_id("ArtifactCollection", portfolio.id),
    )
    assert (names(store, portfolio), names(store, model)) == ({"latest": "v0"}, {"latest": "v1"})
    with pytest.raises(RequestError, match="cannot be unlinked from the collection it was logged to"):
        change(
            "unlinkArtifact",
            "success",
            **unlinked,
            artifactPortfolioID=global_id("ArtifactCollection", model.id),
        )


def test_only_a_committed_version_is_linked_also_by_its_clients_id(
    store: Store, ask: Ask, change: Ask
) -> None:
    draft = {"projectName": "fraud", "artifactTypeName": "model", "digest": "d", "clientID": "c1"}
    change("createArtifact", "artifact { id }", artifactCollectionNames=["model"], **draft)
    mapping = ask('{ clientIDMapping(clientID: "c1") { serverID } }')
    assert mapping == {"clientIDMapping": {"serverID": global_id("Artifact", 1)}}
    where = {"projectName": "wandb-registry-model", "artifactPortfolioName": "fraud"}
    with pytest.raises(RequestError, match="only a committed artifact can be linked"):
        change("linkArtifact", "versionIndex", clientID="c1", **where)
    with pytest.raises(NotFoundError, match="no artifact was created with the client id 'c2'"):
        change("linkArtifact", "versionIndex", clientID="c2", **where)


def test_an_announced_manifest_learns_its_digest(store: Store, model: Collection, change: Ask) -> None:
    artifact = pending(store, model, b"1")
    selected = "artifactManifest { id file { uploadUrl uploadHeaders } }"
    made = change("createArtifactManifest", selected, artifactID=artifact_id(artifact), digest="")
    assert made["artifactManifest"]["file"]["uploadHeaders"] == []
    known = {"artifactManifestID": made["artifactManifest"]["id"], "digest": md5(b"m")}
    told = change("updateArtifactManifest", selected, **known)
    assert told["artifactManifest"]["file"] == {
        "uploadUrl": made["artifactManifest"]["file"]["uploadUrl"],
        "uploadHeaders": [f"Content-MD5:{md5(b'm')}"],
    }


def test_a_file_that_is_here_already_needs_no_upload(store: Store, model: Collection, change: Ask) -> None:
    artifact = pending(store, model, b"1")
    file = {"artifactID": artifact_id(artifact), "name": "model.bin", "md5": md5(b"1")}
    made = change("createArtifactFiles", "files { edges { node { uploadUrl } } }", artifactFiles=[file])
    assert made["files"]["edges"] == [{"node": {"uploadUrl": None}}]


def test_committed_content_never_changes(store: Store, model: Collection, change: Ask) -> None:
    artifact = artifact_id(logged(store, model, b"1"))
    file = {"artifactID": artifact, "name": "new", "md5": md5(b"2")}
    with pytest.raises(RequestError, match="the artifact is COMMITTED: log a new version"):
        change("createArtifactFiles", "files { totalCount }", artifactFiles=[file])
    with pytest.raises(RequestError, match="the artifact is COMMITTED: log a new version"):
        change("createArtifactManifest", "artifactManifest { id }", artifactID=artifact)


@pytest.mark.parametrize(
    ("mutation", "given", "said"),
    [
        ("createArtifact", {"digestAlgorithm": "XXH128"}, "digest algorithm 'XXH128' is not known"),
        ("createArtifactManifest", {"type": "INCREMENTAL"}, "manifests of type INCREMENTAL are not known"),
        ("createArtifact", {"projectName": 1}, "argument 'projectName' must be a string, got 1"),
        ("updateArtifact", {"artifactID": "x"}, "'x' is not the id of any Artifact"),
        ("upsertBucket", {"name": "r", "config": "[]"}, "argument 'config' must be a JSON object"),
        ("upsertBucket", {"name": "r", "tags": "x"}, "argument 'tags' must be a list of strings"),
        ("upsertBucket", {"name": "a/b"}, "invalid run id 'a/b'"),
        ("deleteRun", {"id": "x", "deleteArtifacts": "yes"}, "argument 'deleteArtifacts' must be a boolean"),
        ("addAliases", {"artifactID": global_id("Artifact", 9)}, "artifact not found"),
    ],
)
def test_a_mutation_that_makes_no_sense_is_refused(
    change: Ask, mutation: str, given: dict[str, object], said: str
) -> None:
    with pytest.raises(RequestError) as error:
        change(mutation, "__typename", **given)
    assert said in str(error.value)


def test_a_collection_keeps_its_name(store: Store, model: Collection, change: Ask) -> None:
    own = {"artifactSequenceID": global_id("ArtifactCollection", model.id)}
    with pytest.raises(RequestError, match="does not rename collections"):
        change("updateArtifactSequence", "artifactCollection { name }", **own, name="other")
    kept = change("updateArtifactSequence", "artifactCollection { description }", **own, description="d")
    assert kept["artifactCollection"] == {"description": "d"}
    project = store.projects.get(model.project_id)
    assert store.collections.ensure(project, CollectionKind.SEQUENCE, "model", "model").description == "d"


@pytest.mark.parametrize(
    ("arguments", "versions"),
    [
        ("", ["v2", "v1", "v0"]),
        ('order: "+versionIndex"', ["v0", "v1", "v2"]),
        ('filters: "{\\"alias\\": \\"production\\"}"', ["v1"]),
        ('filters: "{\\"size\\": {\\"$gt\\": 1}}"', ["v2"]),
        ('first: 1, after: "1"', ["v1"]),
        ("first: 0", []),
        ('after: "7"', []),
    ],
)
def test_versions_are_listed_in_pages(
    store: Store, model: Collection, ask: Ask, arguments: str, versions: list[str]
) -> None:
    for content, aliases in ((b"1", []), (b"2", ["production"]), (b"33", [])):
        logged(store, model, content, *aliases)
    given = f"({arguments})" if arguments else ""
    query = VERSIONS % given
    edges = ask(query)["project"]["artifactCollection"]["artifacts"]["edges"]
    assert [edge["version"] for edge in edges] == versions


def test_versions_are_not_filtered_by_what_they_do_not_have(
    model: Collection, store: Store, ask: Ask
) -> None:
    logged(store, model, b"1")
    with pytest.raises(RequestError, match="artifact versions cannot be filtered or ordered by 'x'"):
        ask(VERSIONS % '(order: "x")')


def test_an_alert_has_a_known_level_and_is_not_repeated_while_it_shall_wait(
    store: Store, change: Ask, clock: SetClock
) -> None:
    change("upsertBucket", "inserted", name="r", modelName="p")
    run = store.runs.named(store.projects.named("acme", "p"), "r")

    def alert(**given: object) -> object:
        asked = {"projectName": "p", "runName": "r", "title": "drift", "text": "PSI", **given}
        return change("notifyScriptableRunAlert", "success", **asked)

    for seconds in (0, 9, 2):
        clock.pass_by(timedelta(seconds=seconds))
        assert alert(severity="WARN", waitDuration=10_000) == {"success": True}
    assert [3, 14] == [datetime.fromisoformat(a.created_at).second - 2 for a in store.alerts.of_run(run)]
    for wrong in ({"severity": "LOUD"}, {"waitDuration": -1}, {"title": ""}):
        with pytest.raises(RequestError):
            alert(**wrong)


def test_every_move_of_an_alias_is_remembered(store: Store, model: Collection, change: Ask) -> None:
    first = logged(store, model, b"1", "production")
    second = logged(store, model, b"2")
    alias = {
        "alias": "production",
        "entityName": "acme",
        "projectName": "fraud",
        "artifactCollectionName": "model",
    }
    change("addAliases", "success", artifactID=artifact_id(second), aliases=[alias])
    change("addAliases", "success", artifactID=artifact_id(second), aliases=[alias])
    change("deleteAliases", "success", artifactID=artifact_id(second), aliases=[alias])
    change("addAliases", "success", artifactID=artifact_id(first), aliases=[alias])
    change("deleteArtifact", "artifact { id }", artifactID=artifact_id(first), deleteAliases=True)
    moves = [(move.name, move.version) for move in store.aliases.history(model) if move.name != "latest"]
    assert [("production", v) for v in (None, 0, None, 1, 0)] == moves


def test_collections_are_filtered_and_ordered(store: Store, ask: Ask) -> None:
    for name in ("a", "c", "b"):
        sequence(store, name)
    query = """query ($f: JSONString, $o: String) { project(name: "fraud") {
      artifactCollections(filters: $f, order: $o) { totalCount edges { node { name } } } } }"""

    def found(order: str | None, filters: str | None) -> list[str]:
        edges = ask(query, f=filters, o=order)["project"]["artifactCollections"]["edges"]
        return [edge["node"]["name"] for edge in edges]

    assert (found(None, None), found("-name", "null")) == (["b", "c", "a"], ["c", "b", "a"])
    assert found("name", '{"type": "model", "name": {"$in": ["c", "a"]}}') == ["a", "c"]
    with pytest.raises(RequestError, match="cannot be filtered or ordered by 'colour'"):
        found("colour", None)
