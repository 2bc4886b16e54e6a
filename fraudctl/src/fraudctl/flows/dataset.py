"""Labelled payments: the repository's own, those beside a release, a folder's, or the registry's."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from fraud_contract.artifacts.dataset import DATASET_DOCUMENT, EVALUATION_DATA, Dataset
from fraud_contract.artifacts.signatures import SigningKey, require_signed
from fraud_contract.errors import ArtifactError, NotInRegistry, SettingsError
from fraud_local.registry import opened
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.artifacts.resolve import resolve_reference
from fraud_registry.artifacts.trust import trusted_keys
from fraud_registry.publishing.datasets import publish_dataset
from fraud_registry.references import parse
from fraudctl.flows.found_release import require_named
from fraudctl.output import Row
from fraudctl.run import Connect, Run
from fraudctl.session import session


def publish_evaluation_data(given: Path | None, key: Path | None) -> Row:
    """The evaluation window beside the release in `given`, or the repository's, published: where, and what.

    With a key it is signed.

    Raises:
        ArtifactError: what lies there is no dataset of this version.
        SettingsError: there is none.
    """
    run = session()
    signer = SigningKey.read(key) if key else None
    with run.connecting() as connect:
        folder = dataset_of(str(given) if given else None, run, connect)
    with opened(run.workspace, run.environ) as registry, run.stages.stage("Publish") as stage:
        pin = publish_dataset(registry.account, folder.folder, progress=stage, signer=signer)
        stage.result = str(registry)
    about = folder.document.model_dump(mode="json")
    return {
        "dataset": pin.uri,
        "digest": folder.digest,
        **about,
        "signed_by": signer.id if signer else "",
    }


def dataset_of(given: str | None, run: Run, connect: Connect) -> Dataset:
    """The dataset in a folder, beside a release or at a registry reference; without one, the repository's.

    Raises:
        ArtifactError: it is no dataset of this version, or it comes from the registry and is signed by none
            of the public keys that are configured.
        RegistryError: the registry does not have it, or is away.
        SettingsError: it is neither a folder nor a reference.
        UsageError: it names nothing.
    """
    if given is None:
        return evaluation_data(run)
    require_named(given, "dataset")
    given_folder = Path(given)
    for folder in (given_folder, given_folder / EVALUATION_DATA):  # a release's holds one
        if (folder / DATASET_DOCUMENT).is_file():
            return Dataset.load(folder)
    if given_folder.exists():
        raise SettingsError(
            f"{given_folder} holds no {DATASET_DOCUMENT}. Name what `fraudctl train --data` wrote, "
            "a dataset's folder, or name:alias."
        )
    try:
        reference = parse(given)
    except NotInRegistry:
        raise SettingsError(
            f"No dataset at {given!r}. Name its folder, or name:alias of the registry."
        ) from None
    connection = connect()
    pin = resolve_reference(connection, str(reference))
    fetched = fetch(connection, pin, run.workspace.cache)
    require_signed(fetched, trusted_keys(run.environ), pin.uri)
    return Dataset.load(fetched)


def evaluation_data(run: Run) -> Dataset:
    """The repository's evaluation window, written once a workspace."""
    folder = run.workspace.datasets / "evaluation"
    with suppress(ArtifactError):  # not there yet, or of an older version
        return Dataset.load(folder)
    from fraud_training.data.dataset import write_window_dataset

    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".evaluation-", dir=folder.parent) as scratch:
        write_window_dataset(Path(scratch) / folder.name)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another process was faster, with the same rows
            (Path(scratch) / folder.name).rename(folder)
    return Dataset.load(folder)
