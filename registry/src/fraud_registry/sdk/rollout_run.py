"""A rollout in W&B: a run that used both releases and holds record and report."""

import wandb

from fraud_registry.access.account import Account
from fraud_registry.messages import LogRollout
from fraud_registry.progress import Progress
from fraud_registry.references import REJECTED, LoggedRollout
from fraud_registry.sdk.aliases import move, require_movable
from fraud_registry.sdk.lookup import connect, qualified

_TYPE = "rollout"


def log(account: Account, request: LogRollout, progress: Progress) -> LoggedRollout:
    """Log it. Its run has the rollout's own id, so that logging it again adds nothing.

    Raises:
        UnusableInRegistry: `rejected` is at a version that this software cannot use; nothing was logged.
    """
    if request.rejected is not None:
        require_movable(connect(account), account, request.rejected.reference, REJECTED)
    progress.stage("start the run")
    with wandb.init(
        entity=account.entity,
        project=account.project,
        job_type=_TYPE,
        id=request.rollout,
        name=request.rollout,
        resume="allow",
    ) as run:
        for pins in request.pins:
            for pin in (pins.model, pins.preprocessor):
                run.use_artifact(qualified(pin))
        progress.stage("upload record and report")
        kept = wandb.Artifact(request.rollout, type=_TYPE)
        for path in request.files:
            kept.add_file(str(path), name=path.name)
        run.log_artifact(kept).wait()
        run.summary.update(request.summary)
        url = run.url or ""
    if request.rejected is not None:
        progress.stage(f"alias {REJECTED}")
        move(connect(account), account, request.rejected, REJECTED)
    return LoggedRollout(run_url=url)
