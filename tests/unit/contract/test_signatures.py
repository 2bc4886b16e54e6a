"""Signatures: what OpenSSL makes of them, and that not one byte can be another."""

import base64
import os
import shutil
import string
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from pydantic import TypeAdapter, ValidationError

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact
from fraud_contract.artifacts.manifest import MANIFEST, SIGNATURE
from fraud_contract.artifacts.signatures import SigningKey, TrustedKeys, require_signed
from fraud_contract.errors import ArtifactError, ArtifactUntrusted, SettingsError
from support.artifacts.releases import Folders, write_release

KEYS: Final[TypeAdapter[str]] = TypeAdapter(TrustedKeys)


def openssl(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.new(tmp_path / "release.key", tmp_path / "release.pub")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return write_release(tmp_path_factory.mktemp("made"), 70.0)


@pytest.fixture
def signed(made: Folders, key: SigningKey, tmp_path: Path) -> Path:
    """A signed model."""
    folder = tmp_path / "model"
    shutil.copytree(made.model, folder)
    key.sign_artifact(folder)
    return folder


def test_a_pipe_in_the_place_of_a_signature_is_none_and_not_waited_for(signed: Path, key: SigningKey) -> None:
    (signed / SIGNATURE).unlink()
    os.mkfifo(signed / SIGNATURE)
    with pytest.raises(ArtifactUntrusted, match=r"is not signed: it has no manifest\.sig"):
        require_signed(signed, key.trusted_keys)


def test_openssl_checks_a_signature_and_makes_one(signed: Path, key: SigningKey, tmp_path: Path) -> None:
    shape = ("-pubin", "-inkey", tmp_path / "release.pub", "-rawin", "-in", signed / MANIFEST)
    checked = openssl("pkeyutl", "-verify", *shape, "-sigfile", signed / SIGNATURE)
    assert (0, "Signature Verified Successfully\n") == (checked.returncode, checked.stdout)
    private, public = tmp_path / "other.key", tmp_path / "other.pub"
    assert 0 == openssl("genpkey", "-algorithm", "ed25519", "-out", private).returncode
    private.chmod(0o600)
    assert 0 == openssl("pkey", "-in", private, "-pubout", "-out", public).returncode
    by_openssl = ("-inkey", private, "-rawin", "-in", signed / MANIFEST, "-out", signed / SIGNATURE)
    assert 0 == openssl("pkeyutl", "-sign", *by_openssl).returncode
    both = f"{(tmp_path / 'release.pub').read_text()}\n{public.read_text()}"
    assert SigningKey.read(private).id == require_signed(signed, KEYS.validate_python(both))
    ModelArtifact.load(signed, key.trusted_keys + "\n" + public.read_text())
    with pytest.raises(ArtifactUntrusted, match="signed by none of the keys"):
        ModelArtifact.load(signed, key.trusted_keys)


def test_an_artifact_without_a_signature_is_served_only_where_no_keys_are_configured(
    made: Folders, key: SigningKey
) -> None:
    assert ModelArtifact.load(made.model).digest == ModelArtifact.load(made.model, None).digest
    for load, folder in ((ModelArtifact.load, made.model), (PreprocessorArtifact.load, made.preprocessor)):
        with pytest.raises(ArtifactUntrusted, match=r"is not signed: it has no manifest\.sig"):
            load(folder, key.trusted_keys)


def flipped(content: bytes) -> Iterator[bytes]:
    """One bit of each byte, and lengths that are off by one."""
    for place in range(len(content)):
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
    yield from (content[:-1], content + b"\0", b"")


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_every_flipped_byte_of_manifest_and_signature_is_refused(
    signed: Path, key: SigningKey, name: str
) -> None:
    original = (signed / name).read_bytes()
    for content in flipped(original):
        (signed / name).write_bytes(content)
        with pytest.raises(ArtifactUntrusted):
            require_signed(signed, key.trusted_keys)
    (signed / name).write_bytes(original)
    assert key.id == require_signed(signed, key.trusted_keys)


def test_a_flipped_byte_of_any_file_is_refused(signed: Path, key: SigningKey) -> None:
    for path in sorted(signed.iterdir()):
        original = path.read_bytes()
        place = len(original) // 2
        path.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        with pytest.raises(ArtifactError):
            ModelArtifact.load(signed, key.trusted_keys)
        path.write_bytes(original)
    ModelArtifact.load(signed, key.trusted_keys)


def test_every_flipped_byte_of_the_public_key_is_refused(signed: Path, key: SigningKey) -> None:
    text = key.trusted_keys
    for place in range(len(text.rstrip("="))):
        other = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises((ArtifactUntrusted, ValidationError)):
            require_signed(signed, KEYS.validate_python(other))


def test_a_public_key_is_written_in_one_way_only(key: SigningKey) -> None:
    text, alphabet = key.trusted_keys, string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    assert "=" == text[-1] != text[-2]
    unused = alphabet[alphabet.index(text[-2]) + 1]  # differs in bits that mean nothing
    assert base64.b64decode(text) == base64.b64decode(f"{text[:-2]}{unused}=")
    with pytest.raises(ValidationError):
        KEYS.validate_python(f"{text[:-2]}{unused}=")


@pytest.mark.parametrize(
    "text", ["", "release.pub", "-----BEGIN PUBLIC KEY-----", "MCowBQYDK2VwAyEA", "x" * 5000]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        KEYS.validate_python(text)


def _readable_by_all(path: Path) -> None:
    path.chmod(0o644)


def _of_another_kind(path: Path) -> None:
    path.unlink()
    openssl("genpkey", "-algorithm", "x25519", "-out", path)
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (Path.unlink, "No such file"),
        (_readable_by_all, "can be read by others than its owner"),
        (_of_another_kind, "holds no Ed25519 private key"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(
    key: SigningKey, tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(tmp_path / "release.key")
    with pytest.raises(SettingsError, match=message):
        SigningKey.read(tmp_path / "release.key")


def test_keys_are_never_written_over_and_the_private_one_is_its_owner_s(
    key: SigningKey, tmp_path: Path
) -> None:
    assert 0o600 == (tmp_path / "release.key").stat().st_mode & 0o777
    with pytest.raises(SettingsError, match="cannot be made"):
        SigningKey.new(tmp_path / "release.key", tmp_path / "new.pub")
    assert key.id == SigningKey.read(tmp_path / "release.key").id


def test_the_record_of_a_rollout_is_signed_in_the_same_shape(key: SigningKey, tmp_path: Path) -> None:
    record = tmp_path / "r1.json"
    record.write_text('{"schema_version":1}')
    shape = ("-pubin", "-inkey", tmp_path / "release.pub", "-rawin", "-in", record)
    signature = key.sign(record)
    assert "r1.json.sig" == signature.name
    assert 0 == openssl("pkeyutl", "-verify", *shape, "-sigfile", signature).returncode
    record.write_text('{"schema_version":2}')
    assert 1 == openssl("pkeyutl", "-verify", *shape, "-sigfile", signature).returncode
