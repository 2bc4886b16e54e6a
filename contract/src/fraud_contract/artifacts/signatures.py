"""Signatures: who published an artifact, where the manifest says only what it is.

`manifest.sig` holds the 64 bytes of an Ed25519 signature (RFC 8032) over the bytes of `manifest.json`: what
`openssl pkeyutl -sign -rawin` makes and `-verify` checks, so no software of ours is needed for it.
"""

import base64
import hashlib
import os
import stat
from pathlib import Path
from typing import Annotated, Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from pydantic import AfterValidator, StringConstraints

from fraud_contract.artifacts.manifest import MANIFEST, MAX_MANIFEST_BYTES, SIGNATURE
from fraud_contract.documents import read_regular
from fraud_contract.errors import ArtifactMissing, ArtifactUntrusted, SettingsError

SIGNATURE_BYTES: Final = 64
SUFFIX: Final = ".sig"
"""Of the signature beside a file that is no artifact."""
_MOST_KEYS: Final = 16
_MOST_CHARACTERS: Final = 4096
_ID_DIGITS: Final = 16
_KEY_BYTES: Final = 4096


def _public_keys(text: str) -> tuple[Ed25519PublicKey, ...]:
    """The keys in PEM, or their base64 lines alone; several may stand below each other."""
    lines = " ".join(line for line in text.splitlines() if not line.startswith("-----")).split()
    if not 1 <= len(lines) <= _MOST_KEYS:
        raise ValueError(f"1 to {_MOST_KEYS} public keys are needed, there are {len(lines)}")
    return tuple(map(_public_key, lines))


def _public_key(line: str) -> Ed25519PublicKey:
    try:
        content = base64.b64decode(line, validate=True)
        key = load_der_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        content, key = b"", None
    # The last character has bits that mean nothing: one key is written in one way only.
    if not isinstance(key, Ed25519PublicKey) or base64.b64encode(content).decode() != line:
        raise ValueError(
            f"{line[:20]!r} is no Ed25519 public key; give the file that `fraudctl keys new` wrote, or its "
            "base64 line"
        )
    return key


def _checked(text: str) -> str:
    _public_keys(text)
    return text


TrustedKeys = Annotated[str, StringConstraints(max_length=_MOST_CHARACTERS), AfterValidator(_checked)]
"""Ed25519 public keys, each as PEM or as the base64 line of it; a signature by one of them is enough."""


def key_id(key: Ed25519PublicKey) -> str:
    """A short name of the key: the first digits of the SHA-256 of its 32 bytes."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_ID_DIGITS]


def require_signed(folder: Path, trusted: TrustedKeys | None, name: object = None) -> str:
    """The id of the trusted key that signed the artifact in `folder`; empty where no keys are configured.

    `name` is what errors call it, the folder by default.

    Raises:
        ArtifactUntrusted: it is not signed, or by none of the keys.
        ArtifactMissing: there is no manifest.
    """
    if trusted is None:
        return ""
    manifest = _read(folder / MANIFEST, MAX_MANIFEST_BYTES)
    if manifest is None:
        raise ArtifactMissing(f"Pipeline file not found: {folder / MANIFEST}. Fetch the artifact again.")
    signature = signature_in(folder)
    keys = _public_keys(trusted)
    called = folder if name is None else name
    if signature is None:
        raise ArtifactUntrusted(
            f"{called} is not signed: it has no {SIGNATURE}, and FRAUD_TRUSTED_KEYS asks for one. Publish it "
            "with fraudctl publish --sign-with KEY."
        )
    for key in keys:
        if _holds(key, signature, manifest):
            return key_id(key)
    raise ArtifactUntrusted(
        f"{called} is signed by none of the keys in FRAUD_TRUSTED_KEYS ({', '.join(map(key_id, keys))}), or "
        "was changed after it was signed. Serve one that a trusted key signed, or trust the other key."
    )


def signature_in(folder: Path) -> bytes | None:
    """The signature of the artifact in `folder`; None where there is none that can be one."""
    return _read(folder / SIGNATURE, SIGNATURE_BYTES)


def _read(path: Path, most: int) -> bytes | None:
    """The file's bytes; None where there is none, or it is no regular file of at most `most` bytes."""
    try:
        return read_regular(path, most)
    except (OSError, ValueError):
        return None


def _holds(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


class SigningKey:
    """A private key, in a file that only its owner can read."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in a PEM file, as `fraudctl keys new` or `openssl genpkey -algorithm ed25519` writes it.

        Raises:
            SettingsError: there is none, others can read it, or it is encrypted or of another kind.
        """
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SettingsError(f"{path} can be read by others than its owner. Run: chmod 600 {path}")
            content = path.read_bytes()[:_KEY_BYTES]
        except OSError as error:
            raise SettingsError(f"{path} cannot be read ({error.strerror}). Name a private key.") from None
        try:
            key = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise SettingsError(
                f"{path} holds no Ed25519 private key (PEM, no password). `fraudctl keys new` makes one."
            )
        return cls(key)

    @classmethod
    def new(cls, private: Path, public: Path) -> Self:
        """A fresh pair of keys in two new files, the private one for its owner only.

        Raises:
            SettingsError: one of them is there already, or cannot be written.
        """
        key = Ed25519PrivateKey.generate()
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for path, content, mode in ((private, secret, 0o600), (public, shown, 0o644)):
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            except OSError as error:
                raise SettingsError(f"{path} cannot be made ({error.strerror}). Name another.") from None
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        return cls(key)

    @property
    def trusted_keys(self) -> TrustedKeys:
        """Its public key as the setting takes it, in one line."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    @property
    def id(self) -> str:
        """The public key's short name."""
        return key_id(self._key.public_key())

    def sign_artifact(self, folder: Path) -> None:
        """Write the signature of the sealed artifact in `folder`. The same key gives the same bytes again."""
        (folder / SIGNATURE).write_bytes(self._key.sign((folder / MANIFEST).read_bytes()))

    def sign(self, path: Path) -> Path:
        """The signature of the file, in a file of its own beside it."""
        beside = path.with_name(path.name + SUFFIX)
        beside.write_bytes(self._key.sign(path.read_bytes()))
        return beside
