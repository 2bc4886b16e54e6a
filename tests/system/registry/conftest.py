"""A real embedded registry with a release in it."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL, Origin
from fraud_contract.artifacts.manifest import ORIGIN
from fraud_registry.access.account import Account
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from fraud_registry.references import Published
from support.artifacts.training_output import write_training_output


@pytest.fixture
def trained(tmp_path: Path) -> Callable[[float], Path]:
    """Makes what training writes."""
    return lambda mean: write_training_output(tmp_path / f"trained-{mean:g}", mean)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded(tmp_path_factory.mktemp("wandb")) as account:
        yield account


@pytest.fixture
def account(registry: Account) -> Account:
    """A project of the test's own."""
    return registry.model_copy(update={"project": f"test-{uuid.uuid4().hex[:8]}"})


@pytest.fixture(scope="session")
def shared(registry: Account) -> Account:
    """A project with one published release, for tests that change nothing in it."""
    return registry.model_copy(update={"project": "shared"})


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was published in the shared project."""
    folder = write_training_output(tmp_path_factory.mktemp("shared") / "out", 70.0)
    for artifact in (PREPROCESSOR, PRODUCTION_MODEL):
        elsewhere = Origin(name=artifact, version="v9", digest="0" * 64, registry_digest="0" * 32)
        elsewhere.write(folder / artifact / ORIGIN)  # as if it had been fetched from there
    return folder


@pytest.fixture(scope="session")
def published(shared: Account, shared_folder: Path) -> Published:
    return publish(shared, shared_folder)
