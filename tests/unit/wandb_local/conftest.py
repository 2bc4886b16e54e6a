"""A store with a clock of the test's own, and its HTTP routes without a network."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from support.registries.local_registry import SetClock
from wandb_local.access import Access
from wandb_local.http.application import application
from wandb_local.limits import Limits
from wandb_local.service import Service
from wandb_local.store import Store

KEY = "k" * 40


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.database.close()


@pytest.fixture
def service(store: Store, clock: SetClock) -> Service:
    limits = Limits(query=4096, stream=4096, blob=65536)
    return Service(store, Access(KEY, clock), "local", limits)


def _asking(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(service)), base_url="http://test")


@pytest.fixture
async def anyone(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client without the key."""
    async with _asking(service) as asking:
        yield asking


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client that knows the key."""
    async with _asking(service) as asking:
        asking.auth = ("api", KEY)
        yield asking
