"""The embedded registry as a child process: started when needed, never left behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from fraud_contract.errors import RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.access.probe import default_entity
from fraud_registry.embedded import embedded

HOLD = """
import sys
import time
from pathlib import Path
from fraud_registry.embedded import embedded

with embedded(Path(sys.argv[1])) as account:
    print(account.base_url, flush=True)
    sys.stdin.read()
"""


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_one_that_runs_is_used_and_left_running(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded(data) as first:
        with embedded(data, project="other") as second:
            assert second == first.model_copy(update={"project": "other"})
        assert default_entity(first) == "local"
    assert not answers(first.base_url)


def test_a_stale_address_is_no_registry(tmp_path: Path, registry: Account) -> None:
    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:9", "pid": 1}')
    with embedded(tmp_path) as account:
        assert default_entity(account) == "local"


def test_a_server_that_cannot_start_is_reported_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with (
        pytest.raises(
            RegistryUnavailable, match=r"^The embedded registry on .*/below did not start: .*Not a directory"
        ),
        embedded(tmp_path / "data" / "below"),
    ):
        pass


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_process_that_started_it(tmp_path: Path, sent: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        assert answers(url)
        holder.send_signal(sent)
    end = time.monotonic() + 240
    while answers(url):
        assert time.monotonic() < end
        time.sleep(0.05)
