"""Labelled payments in the registry."""

from pathlib import Path

import numpy as np
import pytest

from fraud_contract.artifacts.dataset import PAYMENTS, Dataset
from fraud_contract.artifacts.signatures import SigningKey, require_signed
from fraud_contract.errors import ArtifactCorrupt
from fraud_registry.access.account import Account
from fraud_registry.artifacts.fetch import fetch, fetch_files
from fraud_registry.artifacts.resolve import resolve
from fraud_registry.publishing.datasets import publish_dataset
from fraud_registry.references import parse
from support.artifacts.datasets import small_dataset
from support.registries.by_hand import log_folder


def test_a_dataset_comes_back_as_it_was_published(account: Account, tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "data")
    published = publish_dataset(account, dataset.folder)
    assert published == publish_dataset(account, dataset.folder)
    pin = resolve(account, "evaluation_data", "evaluation")
    assert (dataset.document.fingerprint, "evaluation") == (
        pin.metadata["fingerprint"],
        pin.metadata["window"],
    )
    fetched = Dataset.load(fetch(account, pin, tmp_path / "cache"))
    assert (dataset.digest, "v0") == (fetched.digest, fetched.version)
    assert np.array_equal(dataset.amounts, fetched.amounts)


def test_a_signed_dataset_is_another_version_of_the_same_rows(account: Account, tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "data")
    key = SigningKey.new(tmp_path / "release.key", tmp_path / "release.pub")
    unsigned = publish_dataset(account, dataset.folder)
    signed = publish_dataset(account, dataset.folder, signer=key)
    assert ("v0", "v1", key.id) == (unsigned.version, signed.version, signed.metadata["signed_by"])
    assert signed == resolve(account, "evaluation_data", "evaluation")
    fetched = fetch(account, signed, tmp_path / "cache")
    assert (dataset.digest, key.id) == (
        Dataset.load(fetched).digest,
        require_signed(fetched, key.trusted_keys),
    )


def test_an_altered_dataset_is_not_published(account: Account, tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "data")
    with (dataset.folder / PAYMENTS).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\1")
    with pytest.raises(ArtifactCorrupt, match="differs from its manifest"):
        publish_dataset(account, dataset.folder)


def test_files_that_were_logged_by_hand_are_fetched_and_pinned(account: Account, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "payments.csv").write_text("time,amt,category,is_fraud\n")
    log_folder(account, "payments", "dataset", tmp_path / "mine")
    latest = parse(f"wandb://local/{account.project}/payments:latest")
    pin = fetch_files(account, latest, tmp_path / "fetched")
    assert f"wandb://local/{account.project}/payments:v0" == pin.uri
    expected = (tmp_path / "mine" / "payments.csv").read_bytes()
    assert expected == (tmp_path / "fetched" / "payments.csv").read_bytes()
