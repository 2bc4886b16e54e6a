"""One training run in W&B: configuration, figures, curves, tables, and the two artifacts it made."""

from typing import Any

import wandb

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.artifacts.training_record import TRAINING_RECORD, TrainingRecord
from fraud_registry.access.account import Account
from fraud_registry.artifacts import metadata
from fraud_registry.artifacts.references import Pin, Published, Reference
from fraud_registry.progress import Progress
from fraud_registry.publishing.curves import ROUND, rows
from fraud_registry.sdk.aliases import move, require_movable
from fraud_registry.sdk.lookup import LATEST, connect, find_or_none, require_type
from fraud_registry.sdk.upload import upload
from fraud_registry.worker.messages import Publish


def publish(account: Account, request: Publish, progress: Progress) -> Published:
    """Upload what training wrote to the request's folder, then move the aliases to it.

    Whether the registry takes both artifacts and lets the aliases go is asked before the run is started. The
    aliases come last, when both artifacts and the run are complete: a follower never
    meets half a release.
    """
    record = TrainingRecord.read(request.folder / TRAINING_RECORD)
    _require_place(account, request.aliases)
    progress.stage("start the run")
    with wandb.init(
        entity=account.entity, project=account.project, job_type="training", config=record.config
    ) as run:
        progress.stage("log curves and tables")
        _log(run, record)
        progress.stage(f"upload {PREPROCESSOR}")
        preprocessor = upload(run, request.folder / PREPROCESSOR, request.preprocessor_metadata)
        progress.stage(f"upload {PRODUCTION_MODEL}")
        model = upload(
            run,
            request.folder / PRODUCTION_MODEL,
            request.model_metadata | {metadata.PREPROCESSOR: _named(preprocessor)},
        )
        progress.stage("finish the run")
        url = run.url or ""
    progress.stage(f"alias {', '.join(request.aliases)}")
    api = connect(account)
    for pin in (preprocessor, model):
        move(api, account, pin, *request.aliases)
    return Published(model=model, preprocessor=preprocessor, run_url=url)


def _require_place(account: Account, aliases: tuple[str, ...]) -> None:
    """Raise `UnusableInRegistry` where an artifact has another type, or an alias is at a foreign version."""
    api = connect(account)
    for name in (PREPROCESSOR, PRODUCTION_MODEL):
        reference = Reference(name, LATEST)
        there = find_or_none(api, account, reference)
        if there is not None:
            require_type(there)
            require_movable(api, account, reference, *aliases)


def _named(preprocessor: Pin) -> dict[str, Any]:
    digest = preprocessor.metadata[metadata.MANIFEST_DIGEST]
    return metadata.PreprocessorVersion(version=preprocessor.version, digest=digest).model_dump()


def _log(run: wandb.Run, record: TrainingRecord) -> None:
    run.define_metric(ROUND, hidden=True)
    for name in record.curves:
        run.define_metric(name, step_metric=ROUND)
    for row in rows(record.curves):
        run.log(row)
    tables = {
        name: wandb.Table(columns=list(table.columns), data=[list(row) for row in table.rows])
        for name, table in record.tables.items()
    }
    if tables:
        run.log(tables)
    run.summary.update(record.summary)
