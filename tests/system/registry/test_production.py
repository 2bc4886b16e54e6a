"""What an image starts with: a command, given the release in production and not the key."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_registry.access.account import Account
from fraud_registry.publishing.publish import publish
from fraud_registry.references import Published
from support.registries.promotion import promote
from support.servers.proxy import proxy

OWN = {"FRAUD_MODEL_DIR": "/own/model", "FRAUD_PREPROCESSOR_DIR": "/own/preprocessor"}
COMES_WITH_THE_IMAGE = "serving the release that came with this image"
SHOW_ENVIRONMENT = ("/usr/bin/env",)


@contextmanager
def started(*arguments: object, **environ: str) -> Iterator[subprocess.Popen[str]]:
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "FRAUD_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "fraud_registry.pods.production", *map(str, arguments)],
        env=foreign | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def ended(*arguments: object, **environ: str) -> tuple[int, dict[str, str], str]:
    """Exit code, what the command saw as its environment, and standard error."""
    with started(*arguments, **environ) as process:
        seen, told = process.communicate(timeout=240)
    return process.returncode, dict(line.split("=", 1) for line in seen.splitlines() if "=" in line), told


@pytest.fixture(scope="session")
def in_production(registry: Account, shared_folder: Path) -> tuple[Account, Published]:
    account = registry.model_copy(update={"project": "in-production"})
    published = publish(account, shared_folder)
    promote(account, published)
    return account, published


def test_without_a_key_the_command_gets_the_environment_as_it_is(tmp_path: Path) -> None:
    code, seen, told = ended(tmp_path, "/release", *SHOW_ENVIRONMENT)
    assert (code, told) == (
        0,
        "no W&B key in the environment: serving the release that came with this image\n",
    )
    assert "/release/production_model" == seen["FRAUD_MODEL_DIR"]
    assert "/release/preprocessor" == seen["FRAUD_PREPROCESSOR_DIR"]


def test_without_a_key_other_folders_count_and_what_does_not_is_said(tmp_path: Path) -> None:
    given = OWN | {"WANDB_PROJECT": "fraud", "HOME": str(tmp_path)}
    code, seen, told = ended(tmp_path, "/release", *SHOW_ENVIRONMENT, **given)
    assert 0 == code
    assert told.startswith("warning: WANDB_PROJECT given, but no key")
    assert seen.items() >= OWN.items()
    assert not [name for name in seen if name.startswith("WANDB_")]


def test_with_a_key_the_command_gets_the_release_in_production_and_no_key(
    in_production: tuple[Account, Published], tmp_path: Path
) -> None:
    account, published = in_production
    # As `docker run --env-file` passes on what stands in the file: with quotes, with the comment.
    quoted = {
        "WANDB_API_KEY": f'"{account.api_key.get_secret_value()}"',
        "WANDB_PROJECT": "in-production # ours",
    }
    code, seen, told = ended(tmp_path, "/release", *SHOW_ENVIRONMENT, **account.environment | quoted)
    assert (code, told.splitlines()) == (
        0,
        [
            f"asking W&B at {account.host} what is in production in project in-production",
            f"serving {published.model.uri} and {published.preprocessor.uri}",
        ],
    )
    model = ModelArtifact.load(Path(seen["FRAUD_MODEL_DIR"]))
    require_pair(model, PreprocessorArtifact.load(Path(seen["FRAUD_PREPROCESSOR_DIR"])))
    assert tmp_path / model.digest == model.folder
    assert not [name for name in seen if name.startswith("WANDB_")]
    assert account.api_key.get_secret_value() not in "".join(seen.values())


def test_nothing_in_production_is_reported_with_the_remedy(
    shared: Account, published: Published, tmp_path: Path
) -> None:
    code, seen, told = ended(tmp_path, "/release", *SHOW_ENVIRONMENT, **shared.environment)
    assert (code, seen) == (3, {})
    assert told.splitlines()[1].startswith(
        "error: Nothing is in production: No production_model:production in "
    )
    assert "fraudctl registry promote" in told
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize(
    ("environ", "code", "message"),
    [
        ({"WANDB_API_KEY": "your-api-key-here"}, 2, "error: WANDB_API_KEY is still the placeholder."),
        ({"WANDB_API_KEY": ""}, 2, "error: WANDB_API_KEY given in the environment, but empty."),
        ({"FRAUD_MODEL_DIR": "/own"}, 2, "error: FRAUD_MODEL_DIR and a W&B key are given"),
        ({"WANDB_API_KEY": "f" * 40}, 4, "error: W&B: the key was refused by "),
        ({"WANDB_BASE_URL": "http://127.0.0.1:9"}, 5, "error: W&B at 127.0.0.1:9: cannot be reached"),
    ],
    ids=["placeholder", "empty key", "two releases", "wrong key", "away"],
)
def test_failures_are_one_line_and_an_exit_code(
    registry: Account, tmp_path: Path, environ: dict[str, str], code: int, message: str
) -> None:
    got, seen, told = ended(tmp_path, "/release", *SHOW_ENVIRONMENT, **registry.environment | environ)
    assert (code, {}) == (got, seen)
    assert told.splitlines()[-1].startswith(message)
    assert registry.api_key.get_secret_value() not in told


def test_a_command_is_needed(tmp_path: Path) -> None:
    assert (
        2,
        {},
        "error: Usage: python -m fraud_registry.pods.production CACHE RELEASE COMMAND...\n",
    ) == ended(tmp_path)


def test_it_can_be_stopped_while_it_waits_for_the_registry(registry: Account, tmp_path: Path) -> None:
    with (
        proxy(registry.host, lambda _: None) as silent,
        started(
            tmp_path, "/release", *SHOW_ENVIRONMENT, **registry.environment | {"WANDB_BASE_URL": silent}
        ) as process,
    ):
        assert process.stderr
        assert "asking W&B" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=300)
        assert 128 + signal.SIGTERM == process.returncode
