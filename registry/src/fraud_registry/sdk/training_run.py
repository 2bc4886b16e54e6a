"""One training run in W&B: configuration, figures, curves, tables, and the two artifacts it made."""

from pathlib import Path
from typing import Any, Final

import wandb

from fraud_contract.artifacts.dataset import EVALUATION_DATA
from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.artifacts.training_record import TRAINING_RECORD, TrainingRecord
from fraud_contract.errors import UsageError
from fraud_registry.access.account import Account
from fraud_registry.messages import Publish
from fraud_registry.progress import Progress
from fraud_registry.records import metadata
from fraud_registry.records.curves import ROUND, rows
from fraud_registry.references import PREVIOUS, PRODUCTION, Pin, Published, Reference
from fraud_registry.sdk.aliases import move, require_place
from fraud_registry.sdk.lookup import LATEST, connect, find_or_none, pin_of, qualified
from fraud_registry.sdk.upload import upload

_SHOWN: Final = 8
"""Digits of a digest in a run's name."""
_SIGNED: Final = "signed"
_EFFORTS: Final = {"quickly": "quick", "fully": "full", "elsewhere": "converted"}
"""A run's tag, by how its model was trained."""
_IDENTITY: Final = (metadata.MANIFEST_DIGEST, metadata.SIGNED_BY)


def publish(account: Account, request: Publish, progress: Progress) -> Published:
    """Upload what training wrote to the request's folder, then move the aliases to it.

    Whether the registry takes both artifacts and lets the aliases go is asked before the run is started. The
    aliases come last, when both artifacts and the run are complete: a follower never
    meets half a release.
    """
    record = TrainingRecord.read(request.folder / TRAINING_RECORD)
    api = connect(account)
    _require_place(api, account, request.aliases)
    there = _same(api, account, request)
    if there is not None:
        return _aliased(api, account, there, request.aliases, progress)
    progress.stage("start the run")
    effort = _EFFORTS[metadata.trained_of(request.model_metadata)]
    with wandb.init(
        entity=account.entity,
        project=account.project,
        job_type="training",
        name=f"{effort} {str(request.model_metadata[metadata.MANIFEST_DIGEST])[:_SHOWN]}",
        tags=[effort, *([_SIGNED] if metadata.SIGNED_BY in request.model_metadata else [])],
        config=record.config | {metadata.LIBRARIES: request.model_metadata.get(metadata.LIBRARIES)},
    ) as run:
        _use_evaluation_data(api, account, run, request)
        progress.stage("log curves, tables and plots")
        _log(run, record, request.folder / PRODUCTION_MODEL)
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
    published = Published(model=model, preprocessor=preprocessor, run_url=url)
    return _aliased(api, account, published, request.aliases, progress)


def _aliased(
    api: wandb.Api, account: Account, published: Published, aliases: tuple[str, ...], progress: Progress
) -> Published:
    progress.stage(f"alias {', '.join(aliases)}")
    for pin in (published.preprocessor, published.model):
        move(api, account, pin, *aliases)
    return published


def _same(api: wandb.Api, account: Account, request: Publish) -> Published | None:
    """The pair, if its latest versions are what is to be published, signed by the same key."""
    wanted = {PREPROCESSOR: request.preprocessor_metadata, PRODUCTION_MODEL: request.model_metadata}
    pins = {}
    for name, described in wanted.items():
        found = find_or_none(api, account, Reference(name, LATEST))
        pin = None if found is None else pin_of(found)
        if pin is None or any(pin.metadata.get(key) != described.get(key) for key in _IDENTITY):
            return None
        pins[name] = pin
    named = pins[PRODUCTION_MODEL].metadata.get(metadata.PREPROCESSOR)
    if named != _named(pins[PREPROCESSOR]):
        return None
    return Published(model=pins[PRODUCTION_MODEL], preprocessor=pins[PREPROCESSOR], run_url="")


def _use_evaluation_data(api: wandb.Api, account: Account, run: wandb.Run, request: Publish) -> None:
    """Link the dataset that the model was evaluated on, if it is in the registry."""
    fingerprint = (request.model_metadata.get(metadata.WINDOW) or {}).get("sha256")
    if fingerprint is None:  # nor has one that was logged by hand
        return
    found = find_or_none(api, account, Reference(EVALUATION_DATA, LATEST))
    if found is not None and found.metadata.get("fingerprint") == fingerprint:
        run.use_artifact(qualified(pin_of(found)))


def _require_place(api: wandb.Api, account: Account, aliases: tuple[str, ...]) -> None:
    """Raise where an artifact has another type, or an alias is at a foreign version or is moved by promoting.

    Raises:
        UsageError: `production` and `previous` follow from promotions, which are recorded.
        UnusableInRegistry: an artifact has another type, or an alias is at a foreign version.
    """
    if {PRODUCTION, PREVIOUS} & set(aliases):
        raise UsageError(
            f"{PRODUCTION} and {PREVIOUS} are moved by `fraudctl registry promote` and `rollback`. "
            "Nothing was published. Publish under another alias, then promote."
        )
    for name in (PREPROCESSOR, PRODUCTION_MODEL):
        require_place(api, account, name, aliases)


def _named(preprocessor: Pin) -> dict[str, Any]:
    digest = preprocessor.metadata[metadata.MANIFEST_DIGEST]
    return metadata.PreprocessorVersion(version=preprocessor.version, digest=digest).model_dump()


def _log(run: wandb.Run, record: TrainingRecord, model: Path) -> None:
    run.define_metric(ROUND, hidden=True)
    for name in record.curves:
        run.define_metric(name, step_metric=ROUND)
    for row in rows(record.curves):
        run.log(row)
    tables = {
        name: wandb.Table(columns=list(table.columns), data=[list(row) for row in table.rows])
        for name, table in record.tables.items()
    }
    plots = {f"plots/{path.stem}": wandb.Image(str(path)) for path in sorted(model.glob("*.png"))}
    if tables or plots:
        run.log({**tables, **plots})
    run.summary.update(record.summary)
