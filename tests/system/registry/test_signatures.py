"""Whoever fetches or serves refuses what no trusted key signed, and takes what one did."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fraud_contract.artifacts.manifest import SIGNATURE
from fraud_contract.artifacts.signatures import SigningKey
from fraud_registry.access.account import Account
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.publishing.publish import publish
from fraud_registry.references import Published
from support.artifacts.training_output import write_training_output


def ended(*command: object, **environ: str) -> tuple[int, str]:
    """Exit code and standard error."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "FRAUD_"))}
    process = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        env=own | environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return process.returncode, process.stderr


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    folder = tmp_path_factory.mktemp("keys")
    return SigningKey.new(folder / "release.key", folder / "release.pub")


def test_the_initializer_takes_what_was_signed_and_nothing_else(
    shared: Account, published: Published, key: SigningKey, account: Account, tmp_path: Path
) -> None:
    trusting = {"FRAUD_TRUSTED_KEYS": key.trusted_keys}
    unsigned = tmp_path / "unsigned"
    code, said = ended("fraud_registry", published.model.uri, unsigned, **shared.environment, **trusting)
    assert (6, []) == (code, list(unsigned.iterdir()))
    assert said.startswith(f"error: {published.model.uri} is not signed: it has no manifest.sig")
    folder = write_training_output(tmp_path / "out", 70.0)
    plain = publish(account, folder)
    signed = publish(account, folder, signer=key)
    assert (plain.model.version, signed.model.version) == ("v0", "v1")
    taken = tmp_path / "signed"
    assert (0, "") == ended("fraud_registry", signed.model.uri, taken, **account.environment, **trusting)
    assert (taken / SIGNATURE).is_file()
    fetched = [fetch(account, each.model, tmp_path / "cache") for each in (plain, signed)]
    assert [False, True] == [(each / SIGNATURE).is_file() for each in fetched]


@pytest.mark.parametrize("module", ["fraud_predictor", "fraud_standalone"])
def test_a_serving_process_refuses_an_unsigned_release_before_it_listens(
    shared_folder: Path, key: SigningKey, module: str
) -> None:
    folders = {"FRAUD_MODEL_DIR": str(shared_folder / "production_model")}
    if module == "fraud_standalone":
        folders["FRAUD_PREPROCESSOR_DIR"] = str(shared_folder / "preprocessor")
    code, said = ended(module, **folders, FRAUD_TRUSTED_KEYS=key.trusted_keys)
    assert (1, True) == (code, "is not signed: it has no manifest.sig" in said)
    code, said = ended(module, **folders, FRAUD_TRUSTED_KEYS="release.pub")
    assert (1, True) == (code, "FRAUD_TRUSTED_KEYS: 'release.pub' is no Ed25519" in said)
