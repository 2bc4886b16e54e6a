"""Releases and server processes that many tests share."""

from collections.abc import Iterator

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

from support.artifacts.releases import Folders, write_release
from support.processes import Pair, Process, Start, started
from support.servers.transformers import start_transformer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test of each route an id of its own: of those with one id pytest-xdist runs only one."""
    for item in items:
        if isinstance(item, SchemathesisFunction):
            item._id = item.id.with_params(item.operation_label)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A release."""
    return write_release(tmp_path_factory.mktemp("release"), mean=70.1)


@pytest.fixture(scope="session")
def other_folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A release of another preprocessor."""
    return write_release(tmp_path_factory.mktemp("other"), mean=71.3)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes for one test."""
    with started() as function:
        yield function


@pytest.fixture(scope="session")
def pair(folders: Folders) -> Iterator[Pair]:
    """A predictor and a transformer that many tests share."""
    with started() as function:
        predictor = function("fraud_predictor", MODEL_DIR=folders.model)
        transformer = start_transformer(
            function,
            folders,
            predictor.grpc_port,
        )
        predictor.wait_ready()
        transformer.wait_ready()
        yield predictor, transformer


@pytest.fixture(scope="session")
def standalone(folders: Folders) -> Iterator[Process]:
    """The all-in-one process that many tests share."""
    with started() as function:
        process = function("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
        process.wait_ready()
        yield process
