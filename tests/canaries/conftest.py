"""A stable release behind Envoy under traffic, and what becomes of candidates on it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from support.candidates import Field, field

if TYPE_CHECKING:
    from pathlib import Path

    from fraud_training.train import TrainedRelease


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, trained: "TrainedRelease") -> Iterator[Field]:
    """Stable serves; traffic goes on until the last candidate is judged."""
    home: Path = tmp_path_factory.mktemp("canaries")
    with field(home, trained.folder) as running:
        yield running
