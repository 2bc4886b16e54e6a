"""The storage initializer that KServe runs before a pod's containers: artifacts into mounted folders."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.manifest import MANIFEST
from fraud_contract.artifacts.signatures import TrustedKeys, require_signed
from fraud_contract.errors import (
    ArtifactError,
    FraudError,
    InvalidReference,
    NotInRegistry,
    RegistryUnauthorized,
    RegistryUnavailable,
    SettingsError,
    UnusableInRegistry,
    UsageError,
)
from fraud_registry.access.account import read_account
from fraud_registry.access.authorities import trust
from fraud_registry.artifacts.cache import seal_of
from fraud_registry.artifacts.fetch import DEADLINE, download
from fraud_registry.artifacts.staging import staging, sync
from fraud_registry.artifacts.trust import trusted_keys
from fraud_registry.references import Reference, parse
from fraud_registry.worker.connection import Connection

EXIT_CODES: Final[tuple[tuple[type[FraudError], int], ...]] = (
    (UsageError, 2),
    (SettingsError, 2),
    (NotInRegistry, 3),
    (RegistryUnauthorized, 4),
    (RegistryUnavailable, 5),
    (ArtifactError, 6),
    (UnusableInRegistry, 6),
)


def exit_code(error: FraudError) -> int:
    """The exit code of the error; 1 for any other."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def initialize(arguments: Sequence[str]) -> None:
    """Put each artifact into its folder, as `URI FOLDER [URI FOLDER ...]` says.

    Raises:
        UsageError: the arguments do not pair up.
        InvalidReference: a URI is none of a pinned version.
        SettingsError: there is no key in the environment, or a public key there is none.
        ArtifactUntrusted: an artifact is signed by none of the public keys that are configured.
        FraudError: as `resolve` and `fetch` raise.
    """
    if not arguments or len(arguments) % 2:
        raise UsageError("Usage: python -m fraud_registry URI FOLDER [URI FOLDER ...]")
    account = read_account(os.environ)
    if account is None:
        raise SettingsError("No W&B key: set WANDB_API_KEY or WANDB_API_KEY_FILE in the environment.")
    trusted = trusted_keys(os.environ)
    with tempfile.TemporaryDirectory(prefix="fraud-authorities-") as scratch:
        os.environ.update(trust(os.environ, Path(scratch)))
        with Connection(account) as connection:
            for uri, folder in zip(arguments[::2], arguments[1::2], strict=True):
                _fill(connection, _pinned(uri), Path(folder), trusted)


def _pinned(uri: str) -> Reference:
    reference = parse(uri)
    if reference.entity is None or not reference.pinned:
        raise InvalidReference(
            f"A pod takes a pinned version, wandb://entity/project/name:vN, not {uri!r}: the next pod "
            "might get another. Resolve it first (fraudctl registry show)."
        )
    return reference


def _fill(connection: Connection, reference: Reference, folder: Path, trusted: TrustedKeys | None) -> None:
    with staging(folder) as scratch:
        fetched = download(connection, reference, None, scratch, DEADLINE).folder
        require_signed(fetched, trusted, reference)
        # The manifest comes last: without it the folder passes for no artifact.
        for path in sorted(fetched.iterdir(), key=lambda path: path.name == MANIFEST):
            path.replace(folder / path.name)
    sync(folder)
    seal_of(folder)
