"""One run in W&B that puts labelled payments there."""

import wandb

from fraud_contract.artifacts.dataset import EVALUATION_DATA
from fraud_registry.access.account import Account
from fraud_registry.messages import PublishDataset
from fraud_registry.progress import Progress
from fraud_registry.references import Pin
from fraud_registry.sdk.aliases import move, require_place
from fraud_registry.sdk.lookup import connect
from fraud_registry.sdk.upload import upload


def publish(account: Account, request: PublishDataset, progress: Progress) -> Pin:
    """Upload the dataset in the request's folder, then move the aliases to it.

    Raises:
        UnusableInRegistry: the artifact has another type, or an alias is at a version that this software did
            not publish; nothing was uploaded.
    """
    api = connect(account)
    require_place(api, account, EVALUATION_DATA, request.aliases)
    progress.stage("start the run")
    with wandb.init(entity=account.entity, project=account.project, job_type="dataset") as run:
        progress.stage(f"upload {EVALUATION_DATA}")
        pin = upload(run, request.folder, request.metadata, EVALUATION_DATA)
        progress.stage("finish the run")
    progress.stage(f"alias {', '.join(request.aliases)}")
    move(api, account, pin, *request.aliases)
    return pin
