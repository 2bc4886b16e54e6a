"""Environments of the serving processes: their own settings, and nothing of the registry's."""

from collections.abc import Mapping
from typing import Final

from fraud_local.endpoint import Endpoint
from fraud_local.folders import Folders

_LOG_LEVEL: Final = "FRAUD_LOG_LEVEL"
_FOREIGN: Final = ("FRAUD_", "WANDB_")
"""Settings that are meant for another process, and the registry's key, which no serving process gets."""


def standalone_environ(environ: Mapping[str, str], folders: Folders, endpoint: Endpoint) -> dict[str, str]:
    """For `python -m fraud_standalone`."""
    return _base(environ) | _public(folders, endpoint)


def transformer_environ(
    environ: Mapping[str, str], folders: Folders, endpoint: Endpoint, predictor_grpc: int
) -> dict[str, str]:
    """For `python -m fraud_transformer`, whose predictor is on this machine."""
    return standalone_environ(environ, folders, endpoint) | {"FRAUD_PREDICTOR": f"127.0.0.1:{predictor_grpc}"}


def predictor_environ(environ: Mapping[str, str], folders: Folders, http: int, grpc: int) -> dict[str, str]:
    """For `python -m fraud_predictor`: on the loopback interface only."""
    return _base(environ) | {
        "FRAUD_MODEL_DIR": str(folders.model),
        "FRAUD_HOST": "127.0.0.1",
        "FRAUD_HTTP_PORT": str(http),
        "FRAUD_GRPC_PORT": str(grpc),
    }


def _base(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if not name.startswith(_FOREIGN)}
    level = {_LOG_LEVEL: environ[_LOG_LEVEL]} if _LOG_LEVEL in environ else {}
    return kept | level | {"PYTHONUNBUFFERED": "1"}


def _public(folders: Folders, endpoint: Endpoint) -> dict[str, str]:
    return {
        "FRAUD_MODEL_DIR": str(folders.model),
        "FRAUD_PREPROCESSOR_DIR": str(folders.preprocessor),
        "FRAUD_HOST": endpoint.host,
        "FRAUD_HTTP_PORT": str(endpoint.http),
        "FRAUD_GRPC_PORT": str(endpoint.grpc),
        "FRAUD_ADMIN_PORT": str(endpoint.admin),
    }
