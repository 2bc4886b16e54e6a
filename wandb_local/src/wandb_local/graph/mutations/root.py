"""The root of all mutations."""

from collections.abc import Callable
from functools import partial

from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.mutations.aliases import add_aliases, delete_aliases, link_artifact, unlink_artifact
from wandb_local.graph.mutations.artifacts import (
    commit_artifact,
    create_artifact,
    delete_artifact,
    update_artifact,
    use_artifact,
)
from wandb_local.graph.mutations.collections import update_collection
from wandb_local.graph.mutations.files import (
    create_artifact_files,
    create_artifact_manifest,
    create_run_files,
    mark_run_files_uploaded,
    update_artifact_manifest,
)
from wandb_local.graph.mutations.runs import alert, delete_run, stop_run, upsert_bucket
from wandb_local.graph.objects.base import Method, Object, method

type Mutation = Callable[[Graph, Arguments], Object]

MUTATIONS: dict[str, Mutation] = {
    "upsertBucket": upsert_bucket,
    "stopRun": stop_run,
    "notifyScriptableRunAlert": alert,
    "deleteRun": delete_run,
    "createRunFiles": create_run_files,
    "markRunFilesUploaded": mark_run_files_uploaded,
    "createArtifact": create_artifact,
    "createArtifactManifest": create_artifact_manifest,
    "updateArtifactManifest": update_artifact_manifest,
    "createArtifactFiles": create_artifact_files,
    "commitArtifact": commit_artifact,
    "useArtifact": use_artifact,
    "updateArtifact": update_artifact,
    "deleteArtifact": delete_artifact,
    "addAliases": add_aliases,
    "deleteAliases": delete_aliases,
    "linkArtifact": link_artifact,
    "unlinkArtifact": unlink_artifact,
    "updateArtifactSequence": partial(update_collection, identifier="artifactSequenceID"),
    "updateArtifactPortfolio": partial(update_collection, identifier="artifactPortfolioID"),
}


def mutation_root(graph: Graph) -> Object:
    """What can be changed; every mutation takes one input object."""
    return Object("Mutation", {name: _field(graph, mutation) for name, mutation in MUTATIONS.items()})


def _field(graph: Graph, mutation: Mutation) -> Method:
    return method(lambda arguments: mutation(graph, arguments.nested("input")), "input")
