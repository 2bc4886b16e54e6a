"""One installation on a real cluster, by KUBECONFIG: the test bed, or kind. Called by `make e2e`."""

import os
import time
from collections.abc import Iterator

import pytest

from support.cluster.installation import KEY, Installation, Published, answers_from, base_values
from support.cluster.kubectl import Chart, Namespace, eventually
from support.figures import FIGURES, figure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session", autouse=True)
def cluster() -> None:
    if "KUBECONFIG" not in os.environ:
        pytest.skip("KUBECONFIG names no cluster: `make e2e` starts the test bed, `make kind-up` a laptop's")


@pytest.fixture(scope="module")
def namespace(request: pytest.FixtureRequest) -> Iterator[Namespace]:
    """A new namespace in which Pod Security `restricted` is enforced; removed in the end."""
    name = f"fraud-{request.module.__name__.rpartition('test_')[2].replace('_', '-')}"
    made = Namespace(name)
    made.delete()
    made.create()
    yield made
    made.delete()


@pytest.fixture(scope="module")
def installation(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One release that serves all traffic, another one published."""
    namespace.secret("wandb", WANDB_API_KEY=KEY)
    chart = Chart(namespace, "fraud")
    values = base_values()
    chart.upgrade(values)
    namespace.rolled_out("fraud-wandb-local")
    with namespace.forwarded("service/fraud-wandb-local", 80) as address:
        folder = tmp_path_factory.mktemp("releases")
        releases = {
            name: Published.to(address, folder / name, mean)
            for name, mean in {"r1": 70.1, "r2": 200.5}.items()
        }
    installation = Installation(chart, releases, time.monotonic(), values)
    installation.upgrade(releases={"r1": releases["r1"].artifacts}, stable="r1")
    eventually(lambda: answers_from("fraud-r1"), 180)
    figure(
        "from helm upgrade with a release to its first 200",
        f"{time.monotonic() - installation.installed_at:.1f} s",
    )
    yield installation
    chart.uninstall()
