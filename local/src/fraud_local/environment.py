"""Environments of the serving processes: each gets the settings that are meant for it, and no registry's."""

from collections.abc import Mapping
from typing import Final

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact
from fraud_contract.errors import SettingsError
from fraud_contract.release import Release
from fraud_contract.settings import Settings, is_setting, require_known
from fraud_local.endpoint import Endpoint
from fraud_local.folders import Folders
from fraud_local.monitoring import monitor_variables
from fraud_predictor.settings import PredictorSettings
from fraud_standalone.settings import StandaloneSettings
from fraud_transformer.served import deciding
from fraud_transformer.settings import RemoteTransformerSettings

_REGISTRY: Final = "WANDB_"
"""The registry's settings and key, which no serving process gets."""
_FOLDERS: Final = ("FRAUD_MODEL_DIR", "FRAUD_PREPROCESSOR_DIR")
_PREDICTOR: Final = "FRAUD_PREDICTOR"
_TLS: Final = ("FRAUD_TLS_CERT", "FRAUD_TLS_KEY")


def require_standalone_settings(environ: Mapping[str, str]) -> StandaloneSettings:
    """What `environ` sets for `python -m fraud_standalone`.

    Raises:
        SettingsError: a `FRAUD_*` is unknown, has an impossible value, or is not for the caller to set.
    """
    _refuse(environ, _FOLDERS, "the release that is in production is served; fraudctl publishes another one")
    return StandaloneSettings.read(_without_monitor(environ))


def require_pair_settings(environ: Mapping[str, str]) -> None:
    """Check what `environ` sets for a transformer and its predictor.

    Raises:
        SettingsError: as `require_standalone_settings` does.
    """
    _refuse(environ, _FOLDERS, "the release that was just trained is served")
    _refuse(environ, (_PREDICTOR,), "the predictor is started here")
    _refuse(environ, _TLS, "these processes speak plain HTTP on this machine; fraudctl serve speaks TLS")
    require_known(
        _without_monitor(environ), RemoteTransformerSettings.variables() | PredictorSettings.variables()
    )
    RemoteTransformerSettings.read(_meant_for(RemoteTransformerSettings, environ) | {_PREDICTOR: "none:1"})
    PredictorSettings.read(_meant_for(PredictorSettings, environ))


def pair_settings(environ: Mapping[str, str]) -> list[str]:
    """Names of what `environ` sets for a transformer and its predictor, sorted."""
    return sorted(filter(is_setting, _without_monitor(environ)))


def release_name(settings: StandaloneSettings, folders: Folders) -> str:
    """What the release in these folders is called, served with these settings. Raises `ArtifactError`."""
    model, preprocessor = ModelArtifact.load(folders.model), PreprocessorArtifact.load(folders.preprocessor)
    return settings.release or Release.of(model, preprocessor, deciding(settings)).name


def _without_monitor(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the settings of the monitor, which `read_monitor_settings` checks."""
    known = monitor_variables()
    return {name: value for name, value in environ.items() if name.upper() not in known}


def standalone_environ(environ: Mapping[str, str], folders: Folders, endpoint: Endpoint) -> dict[str, str]:
    """For `python -m fraud_standalone`."""
    return _base(environ) | _meant_for(StandaloneSettings, environ) | _public(folders, endpoint)


def transformer_environ(
    environ: Mapping[str, str], folders: Folders, endpoint: Endpoint, predictor_grpc: int
) -> dict[str, str]:
    """For `python -m fraud_transformer`, whose predictor is on this machine."""
    return (
        _base(environ)
        | _meant_for(RemoteTransformerSettings, environ)
        | _public(folders, endpoint)
        | {_PREDICTOR: f"127.0.0.1:{predictor_grpc}"}
    )


def predictor_environ(environ: Mapping[str, str], folders: Folders, http: int, grpc: int) -> dict[str, str]:
    """For `python -m fraud_predictor`: on the loopback interface only."""
    return (
        _base(environ)
        | _meant_for(PredictorSettings, environ)
        | {
            "FRAUD_MODEL_DIR": str(folders.model),
            "FRAUD_HOST": "127.0.0.1",
            "FRAUD_HTTP_PORT": str(http),
            "FRAUD_GRPC_PORT": str(grpc),
        }
    )


def _refuse(environ: Mapping[str, str], names: tuple[str, ...], because: str) -> None:
    given = [name for name in environ if name.upper() in names]
    if given:
        raise SettingsError(f"{', '.join(given)} cannot be set here: {because}.")


def _base(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(_REGISTRY) and not is_setting(name)
    }
    return kept | {"PYTHONUNBUFFERED": "1"}


def _meant_for(kind: type[Settings], environ: Mapping[str, str]) -> dict[str, str]:
    """The settings in `environ` that processes of `kind` know, in upper case."""
    known = kind.variables()
    return {name.upper(): value for name, value in environ.items() if name.upper() in known}


def _public(folders: Folders, endpoint: Endpoint) -> dict[str, str]:
    return {
        "FRAUD_MODEL_DIR": str(folders.model),
        "FRAUD_PREPROCESSOR_DIR": str(folders.preprocessor),
        "FRAUD_HOST": endpoint.host,
        "FRAUD_HTTP_PORT": str(endpoint.http),
        "FRAUD_GRPC_PORT": str(endpoint.grpc),
        "FRAUD_ADMIN_PORT": str(endpoint.admin),
    }
