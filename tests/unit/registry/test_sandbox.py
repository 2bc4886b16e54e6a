"""The SDK's folder and environment."""

from pathlib import Path

from fraud_registry.access.account import Account
from fraud_registry.worker.sandbox import environment, sandbox

KEY = "0123456789abcdef0123456789abcdef01234567"
ACCOUNT = Account(base_url="https://wandb.example.com", api_key=KEY, project="fraud")


def test_the_folder_is_gone_afterwards() -> None:
    with sandbox() as folder:
        (folder / "cache" / "file").touch()
    assert not folder.exists()


def test_no_setting_of_the_sdk_comes_from_the_shell(tmp_path: Path) -> None:
    shell = {"WANDB_MODE": "offline", "WANDB_SERVICE": "3-1-unix-x", "WANDB_API_KEY": "other", "PATH": "/bin"}
    made = environment(ACCOUNT, tmp_path, shell)
    assert (made["PATH"], made["WANDB_API_KEY"]) == ("/bin", KEY)
    assert not {"WANDB_MODE", "WANDB_SERVICE"} & made.keys()


def test_every_folder_of_the_sdk_is_in_the_sandbox(tmp_path: Path) -> None:
    made = environment(ACCOUNT, tmp_path, {"HOME": "/home/someone", "TMPDIR": "/elsewhere", "NETRC": "/n"})
    names = ("HOME", "TMPDIR", "WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_CONFIG_DIR")
    assert {Path(made[name]).parent for name in (*names, "WANDB_ARTIFACT_DIR")} == {tmp_path}
    assert "NETRC" not in made


def test_the_base_url_is_always_given(tmp_path: Path) -> None:
    assert environment(ACCOUNT, tmp_path, {})["WANDB_BASE_URL"] == "https://wandb.example.com"


def test_an_account_without_entity_names_none(tmp_path: Path) -> None:
    assert "WANDB_ENTITY" not in environment(ACCOUNT, tmp_path, {"WANDB_ENTITY": "shell"})


def test_proxies_are_for_a_hosted_registry_alone(tmp_path: Path) -> None:
    proxies = {"HTTP_PROXY": "http://proxy:3128", "https_proxy": "http://proxy:3128"}
    embedded = ACCOUNT.model_copy(update={"base_url": "http://127.0.0.1:8080"})
    assert proxies.items() <= environment(ACCOUNT, tmp_path, proxies).items()
    assert not proxies.keys() & environment(embedded, tmp_path, proxies).keys()
