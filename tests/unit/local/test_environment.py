"""Serving processes get the settings that are meant for them, and nothing of the registry's."""

from pathlib import Path

import pytest

from fraud_contract.errors import SettingsError
from fraud_local.endpoint import Endpoint
from fraud_local.environment import (
    predictor_environ,
    require_pair_settings,
    require_standalone_settings,
    standalone_environ,
    transformer_environ,
)
from fraud_local.folders import Folders

FOLDERS = Folders(model=Path("/m"), preprocessor=Path("/p"))
ENDPOINT = Endpoint("127.0.0.1", 9090, 8081, 9091)
SHELL = {
    "PATH": "/bin",
    "WANDB_API_KEY": "secret",
    "WANDB_PROJECT": "fraud",
    "FRAUD_MAX_QUEUE": "7",
    "fraud_policy": '{"kind": "thresholds", "review": 0.05, "block": 0.5}',
    "FRAUD_LOG_LEVEL": "DEBUG",
    "FRAUDCTL_PORT": "9191",
}
INHERITED = {"PATH": "/bin", "FRAUD_LOG_LEVEL": "DEBUG", "FRAUDCTL_PORT": "9191", "PYTHONUNBUFFERED": "1"}
TRANSFORMER = {"FRAUD_MAX_QUEUE": "7", "FRAUD_POLICY": SHELL["fraud_policy"]}
PUBLIC = {
    "FRAUD_MODEL_DIR": "/m",
    "FRAUD_PREPROCESSOR_DIR": "/p",
    "FRAUD_HOST": "127.0.0.1",
    "FRAUD_HTTP_PORT": "9090",
    "FRAUD_GRPC_PORT": "8081",
    "FRAUD_ADMIN_PORT": "9091",
}


def test_the_standalone_process_gets_its_settings_both_folders_and_all_ports() -> None:
    assert INHERITED | TRANSFORMER | PUBLIC == standalone_environ(SHELL, FOLDERS, ENDPOINT)


def test_the_transformer_gets_the_address_of_its_predictor() -> None:
    expected = INHERITED | TRANSFORMER | PUBLIC | {"FRAUD_PREDICTOR": "127.0.0.1:5001"}
    assert expected == transformer_environ(SHELL, FOLDERS, ENDPOINT, 5001)


def test_the_predictor_gets_the_model_and_what_it_knows_and_stays_on_this_machine() -> None:
    expected = {
        "FRAUD_MODEL_DIR": "/m",
        "FRAUD_HOST": "127.0.0.1",
        "FRAUD_HTTP_PORT": "5000",
        "FRAUD_GRPC_PORT": "5001",
    }
    assert INHERITED | expected == predictor_environ(SHELL, FOLDERS, 5000, 5001)


@pytest.mark.parametrize("require", [require_standalone_settings, require_pair_settings])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("FRAUD_NONSENSE", "1"),
        ("fraud_nonsense", "1"),
        ("FRAUD_MAX_ROWS", "none"),
        ("FRAUD_POLICY", "{"),
        ("FRAUD_MODEL_DIR", "/mine"),
        ("FRAUD_PREPROCESSOR_DIR", "/mine"),
        ("FRAUD_PREDICTOR", "127.0.0.1:8081"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused_by_name(
    require: object, setting: str, value: str
) -> None:
    assert callable(require)
    with pytest.raises(SettingsError, match=setting):
        require(SHELL | {setting: value})


@pytest.mark.parametrize("setting", ["FRAUD_TLS_CERT", "FRAUD_TLS_KEY"])
def test_a_pair_on_this_machine_refuses_tls_by_name(setting: str) -> None:
    with pytest.raises(SettingsError, match=f"{setting} cannot be set here"):
        require_pair_settings({setting: "/tls.pem"})
    require_standalone_settings({setting: "/tls.pem"})


def test_settings_of_either_process_of_a_pair_are_accepted() -> None:
    require_pair_settings(SHELL | {"FRAUD_ADMIN_TOKEN": "t" * 16, "FRAUD_MAX_HEAD": "2048"})
