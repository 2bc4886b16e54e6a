"""What tests of every member share."""

import inspect
import os
import signal
from functools import cache
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx._transports import default as transport
from hypothesis import HealthCheck, settings

from support.waiting import HANG

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease

# A shell that starts the tests in the background has them ignore Ctrl-C, and so all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What a health check calls slow is a machine with other work: each example is bounded by the test's own.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
# The tests' own clients reach what they start on this machine direct, whatever proxy the shell names.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1,localhost,::1")))
# httpx gives up after 5 s, which is a statement on the machine's speed; this is its own object of defaults.
_defaults = inspect.signature(httpx.get).parameters["timeout"].default
_defaults.connect = _defaults.read = _defaults.write = _defaults.pool = HANG

# Each of its clients, and so each `httpx.get`, reads all authorities anew: 40 ms of a core, which is more
# than most tests take. Those of a process stay the same.
transport.create_ssl_context = cache(httpx.create_ssl_context)  # type: ignore[attr-defined]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the whole matrix, where a test has one")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of long tests first, in any order, so that no worker is left with one when the others end."""
    items.sort(key=lambda item: ("system" not in item.path.parts, "property" not in item.path.parts))
    for item in items:
        # These look at other processes, whose lines nobody counts; counting their own costs a seventh more.
        if {"system", "chart"} & set(item.path.parts):
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> "TrainedRelease":
    """A quickly trained release, made once for all tests; its folder is to be read, never written."""
    from fraud_training.plan.plan import Plan  # noqa: PLC0415 - seconds of imports only where they are needed
    from fraud_training.progress import Silent  # noqa: PLC0415 - same
    from fraud_training.train import train  # noqa: PLC0415 - same

    return train(Plan.quick(), tmp_path_factory.mktemp("trained") / "release", Silent())
