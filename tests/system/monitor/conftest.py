"""A published release that serves, and the registry it came from."""

from collections.abc import Iterator

import pytest

from fraud_local.folders import Folders
from fraud_registry.access.account import Account
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from support.artifacts.training_output import write_training_output
from support.processes import Start, started


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded(tmp_path_factory.mktemp("wandb")) as account:
        yield account


@pytest.fixture(scope="session")
def folders(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """What was published and fetched again."""
    published = publish(account, write_training_output(tmp_path_factory.mktemp("out") / "trained", 70.0))
    cache = tmp_path_factory.mktemp("cache")
    return Folders(fetch(account, published.model, cache), fetch(account, published.preprocessor, cache))


@pytest.fixture
def start() -> Iterator[Start]:
    with started() as function:
        yield function
