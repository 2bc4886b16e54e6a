"""What `fraudctl train` and `fraudctl publish` do."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.errors import UsageError
from fraud_local.registry import Registry
from fraud_registry.publishing.publish import publish
from fraud_training.plan.plan import Plan
from fraudctl.flows.publication import require_publishable, require_room
from fraudctl.flows.release import described, output_folder
from fraudctl.flows.training_plan import PlanOptions, fetched, plan_of
from fraudctl.output import Row
from fraudctl.session import session

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease


_BROWSE: Final = "fraudctl registry browse"


def train_to(options: PlanOptions, folder: Path | None, *, accepts_failed_gates: bool) -> Row:
    """Folder, digests and figures of a freshly trained release.

    Raises:
        UsageError: something is at `folder` already, or an option, a plan file or the data are unusable.
    """
    run = session()
    plan = plan_of(options)
    if folder is not None and folder.exists():
        raise UsageError(f"{folder} is there already. Name a new folder, or remove it.")
    with fetched(plan, run) as (pinned, files), run.stages.stage(_title(plan)) as stage:
        # The imports take seconds, which belong to this stage.
        from fraudctl.flows.training import trained

        release = trained(
            pinned,
            folder or output_folder(run.workspace),
            stage,
            accepts_failed_gates=accepts_failed_gates,
            fetched=files,
        )
        stage.result = described(release.summary)
    return _row(release)


def _title(plan: Plan) -> str:
    how = "Train quickly" if plan.is_quick else "Train"
    return f"{how} on your data" if plan.data else how


def _row(trained: "TrainedRelease") -> Row:
    return {
        "folder": str(trained.folder),
        "model": trained.model_digest,
        "preprocessor": trained.preprocessor_digest,
        **trained.summary,
    }


def publish_from(folder: Path, alias: str, key: Path | None, *, accepts_failed_gates: bool) -> Row:
    """Both pinned artifacts, and where their run is."""
    run = session()
    signer = SigningKey.read(key) if key else None
    with run.stages.stage("Check") as stage:
        require_publishable(folder, stage, accepts_failed_gates=accepts_failed_gates)
        stage.result = "golden rows and compiled features are exact"
    with run.registry() as registry, run.stages.stage("Publish") as stage:
        require_room(registry, folder)
        published = publish(registry.account, folder, (alias,), stage, signer=signer)
        stage.result = str(registry) if published.run_url else "nothing: it is there already"
    if registry.key_file:
        run.stages.note("the embedded registry runs while it is needed; to look at the run: " + _BROWSE)
    return {
        "model": published.model.uri,
        "preprocessor": published.preprocessor.uri,
        "run": _lasting(published.run_url, registry),
        "signed_by": signer.id if signer else "",
    }


def _lasting(run_url: str, registry: Registry) -> str:
    """The run's address; in an embedded registry, whose port is another each time, its path."""
    return run_url.removeprefix(f"{registry.account.base_url}/") if registry.key_file else run_url
