"""The folder and environment that W&B's SDK gets: private, so that it reads and leaves nothing elsewhere."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fraud_contract.direct import is_ours, without_proxies
from fraud_contract.errors import SettingsError
from fraud_registry.access.account import Account

_SETTINGS: Final = {
    "WANDB_SILENT": "true",
    "WANDB_CONSOLE": "off",  # the SDK would upload what the process prints
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_X_DISABLE_STATS": "true",
    "WANDB_X_DISABLE_META": "true",
    "WANDB_HTTP_TIMEOUT": "20",
    "WANDB_INIT_TIMEOUT": "60",
    "WANDB_FINISH_TIMEOUT": "120",
    # A few retries ride out a restart of the registry; the default keeps trying for minutes. Those of the
    # file stream are left alone: running out of them drops the run's history without an error.
    "WANDB_X_GRAPHQL_RETRY_MAX": "3",
    "WANDB_X_GRAPHQL_RETRY_WAIT_MIN_SECONDS": "0.5",
    "WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "2",
    "WANDB_X_FILE_TRANSFER_RETRY_MAX": "3",
    "WANDB_X_FILE_TRANSFER_RETRY_WAIT_MIN_SECONDS": "0.5",
    "WANDB_X_FILE_TRANSFER_RETRY_WAIT_MAX_SECONDS": "2",
}
_FOLDERS: Final = {
    "HOME": "home",
    "TMPDIR": "tmp",
    "WANDB_DIR": "runs",
    "WANDB_CACHE_DIR": "cache",
    "WANDB_DATA_DIR": "data",
    "WANDB_CONFIG_DIR": "config",
    "WANDB_ARTIFACT_DIR": "artifacts",
}
SSL_CERT_FILE: Final = "SSL_CERT_FILE"
"""A file of the certificate authorities to trust."""
_OTHERS_OF_THE_SDK: Final = ("NETRC", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


@contextmanager
def sandbox() -> Iterator[Path]:
    """A private folder for one use of the SDK, gone afterwards.

    Raises:
        SettingsError: there is no temporary folder to make it in.
    """
    # Short, in the system's place for such: wandb-core's socket lies below it, and a socket's path has
    # at most 107 bytes.
    try:
        folder = Path(tempfile.mkdtemp(prefix="fraud-registry-"))
    except OSError:
        raise SettingsError(
            "W&B's SDK needs a temporary folder, and none can be written to. Mount one, or set TMPDIR."
        ) from None
    try:
        for name in _FOLDERS.values():
            (folder / name).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(account: Account, folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ` with the account and the SDK's folders, without any other setting of the SDK.

    A WANDB_MODE=offline or WANDB_SERVICE of the surrounding shell would change what the SDK does. Proxies are
    for a hosted registry; one of ours is reached direct.
    """
    inherited = without_proxies(environ) if is_ours(account.base_url) else environ
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("WANDB_") and name not in _OTHERS_OF_THE_SDK
    }
    if SSL_CERT_FILE in kept:
        # Python's and wandb-core's own TLS read it; the library requests, which the SDK uses too, does not.
        kept.setdefault("REQUESTS_CA_BUNDLE", kept[SSL_CERT_FILE])
    folders = {name: str(folder / place) for name, place in _FOLDERS.items()}
    return kept | _SETTINGS | folders | account.environment
