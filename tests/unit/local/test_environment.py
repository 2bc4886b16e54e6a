"""Serving processes get their own settings and nothing of the registry's."""

from pathlib import Path

from fraud_local.endpoint import Endpoint
from fraud_local.environment import predictor_environ, standalone_environ, transformer_environ
from fraud_local.folders import Folders

FOLDERS = Folders(model=Path("/m"), preprocessor=Path("/p"))
ENDPOINT = Endpoint("127.0.0.1", 9090, 8081, 9091)
SHELL = {
    "PATH": "/bin",
    "WANDB_API_KEY": "secret",
    "WANDB_PROJECT": "fraud",
    "FRAUD_MAX_ROWS": "7",
    "FRAUD_LOG_LEVEL": "DEBUG",
    "FRAUDCTL_PORT": "9191",
}
INHERITED = {"PATH": "/bin", "FRAUD_LOG_LEVEL": "DEBUG", "FRAUDCTL_PORT": "9191", "PYTHONUNBUFFERED": "1"}
PUBLIC = {
    "FRAUD_MODEL_DIR": "/m",
    "FRAUD_PREPROCESSOR_DIR": "/p",
    "FRAUD_HOST": "127.0.0.1",
    "FRAUD_HTTP_PORT": "9090",
    "FRAUD_GRPC_PORT": "8081",
    "FRAUD_ADMIN_PORT": "9091",
}


def test_the_standalone_process_is_told_both_folders_and_all_ports() -> None:
    assert standalone_environ(SHELL, FOLDERS, ENDPOINT) == INHERITED | PUBLIC


def test_the_transformer_is_told_its_predictor() -> None:
    assert transformer_environ(SHELL, FOLDERS, ENDPOINT, 5001) == INHERITED | PUBLIC | {
        "FRAUD_PREDICTOR": "127.0.0.1:5001"
    }


def test_the_predictor_is_told_the_model_alone_and_stays_on_this_machine() -> None:
    assert predictor_environ({}, FOLDERS, 5000, 5001) == {
        "PYTHONUNBUFFERED": "1",
        "FRAUD_MODEL_DIR": "/m",
        "FRAUD_HOST": "127.0.0.1",
        "FRAUD_HTTP_PORT": "5000",
        "FRAUD_GRPC_PORT": "5001",
    }
