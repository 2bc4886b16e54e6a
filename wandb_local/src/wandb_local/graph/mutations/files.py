"""Announcements of uploads."""

from wandb_local.errors import ConflictError, InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph, connection, edge
from wandb_local.graph.mutations.artifacts import artifact_named, project_named
from wandb_local.graph.objects.base import Object
from wandb_local.store.records import Artifact, ArtifactState, Blob
from wandb_local.values.identifiers import global_id, row_of


def create_run_files(graph: Graph, given: Arguments) -> Object:
    """Addresses for files of a run."""
    run = graph.store.runs.named(project_named(graph, given), given.text("runName"))
    files = [graph.show(graph.store.run_files.announce(run, name)) for name in given.texts("files")]
    return Object(
        "CreateRunFilesPayload",
        {"runID": global_id("Run", run.id), "uploadHeaders": [], "files": files},
    )


def mark_run_files_uploaded(_graph: Graph, _given: Arguments) -> Object:
    """Nothing to do: this server sees an upload finish."""
    return Object("MarkRunFilesUploadedPayload", {"success": True})


def _require_pending(artifact: Artifact) -> Artifact:
    """The artifact, which must not be committed: committed content never changes."""
    if artifact.state != ArtifactState.PENDING:
        message = f"the artifact is {artifact.state}: log a new version to change its files"
        raise ConflictError(message)
    return artifact


def create_artifact_manifest(graph: Graph, given: Arguments) -> Object:
    """A manifest to upload; with a digest only these bytes are taken."""
    kind = given.optional_text("type") or "FULL"
    if kind != "FULL":
        message = f"artifact manifests of type {kind} are not known to this server; it knows FULL"
        raise InvalidRequestError(message)
    manifest = graph.store.artifact_files.announce_manifest(
        _require_pending(artifact_named(graph, given)), given.optional_text("digest") or None
    )
    return Object("CreateArtifactManifestPayload", {"artifactManifest": graph.show(manifest)})


def update_artifact_manifest(graph: Graph, given: Arguments) -> Object:
    """The manifest, with its digest now known."""
    files = graph.store.artifact_files
    manifest = files.manifest_row(row_of("ArtifactManifest", given.text("artifactManifestID")))
    _require_pending(graph.store.artifacts.get(manifest.artifact_id))
    if given.has("digest"):
        files.expect(manifest, given.text("digest"))
    return Object("UpdateArtifactManifestPayload", {"artifactManifest": graph.show(manifest)})


def create_artifact_files(graph: Graph, given: Arguments) -> Object:
    """Addresses for an artifact's files; no address for one that is here already."""
    edges = [
        edge(_announced(graph, item), position)
        for position, item in enumerate(given.all_nested("artifactFiles"), start=1)
    ]
    return Object(
        "CreateArtifactFilesPayload", {"files": connection(edges, total=len(edges), end=len(edges))}
    )


def _announced(graph: Graph, given: Arguments) -> Object:
    artifact = _require_pending(artifact_named(graph, given))
    blob = graph.store.artifact_files.announce(artifact, given.text("name"), given.text("md5"))
    return Object(
        "File",
        {
            "name": given.text("name"),
            "storagePath": blob.id,
            "uploadUrl": lambda: _upload_url(graph, blob),
            "uploadHeaders": [f"Content-MD5:{blob.expected_md5}"],
            "uploadMultipartUrls": None,
            "artifact": lambda: graph.show(artifact),
        },
    )


def _upload_url(graph: Graph, blob: Blob) -> str | None:
    return graph.links.upload(blob.id) if blob.stored_at is None else None
