"""W&B slow, refusing, full and silent for an hour: a real registry behind a front that breaks its answers."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from fraud_local.folders import Folders
from fraud_monitor.delivery.sender import Consignment, Delivery, Health
from fraud_monitor.http.port import Port
from fraud_monitor.monitor import pins_of
from fraud_monitor.watch import Watch
from fraud_registry.access.account import Account
from fraud_registry.publishing.monitoring import DEADLINE
from support.processes import Start, free_port
from support.servers.proxy import Exchange, proxy
from support.waiting import HANG, eventually
from support.watching import TOKEN, Watching, history_of, send, settings_for, target_of

ROWS = b"wandb-history.jsonl"
WINDOWS = 30
"""Of two minutes each: an hour."""
LATE = 5.0
"""Seconds by which each answer of a slow W&B comes late: a delivery takes more than a minute."""
AWAY = Account.model_validate({"base_url": "http://127.0.0.1:1", "api_key": "0" * 40})


@dataclass
class Fault:
    """What the front does until it is `over`."""

    status: int | None = None
    """That every request is refused with."""
    rows: int | None = None
    """That rows alone are refused with, once the run has begun."""
    silent: bool = False
    """Requests arrive, and no answer comes back."""
    over: threading.Event = field(default_factory=threading.Event)

    def gate(self, request: bytes) -> int | None:
        """As `proxy` takes it."""
        if self.over.is_set():
            return None
        return self.rows if self.rows and ROWS in request else self.status

    def rule(self, exchange: Exchange) -> Exchange | None:
        """As `proxy` takes it."""
        return None if self.silent and not self.over.is_set() else exchange


FAULTS = {
    "error": Fault(status=500),
    "refused": Fault(status=403),
    "busy": Fault(status=429),
    "quota": Fault(rows=403),
    "full": Fault(rows=507),
    "silent": Fault(silent=True),
}


def delivery_to(account: Account, watch: Watch, deadline: float) -> Delivery:
    @contextmanager
    def accounts() -> Iterator[Account]:
        yield account

    delivery = Delivery(accounts, None, 1, deadline)
    delivery.add(watch.target.release, Consignment(watch.spool, lambda: pins_of(watch.target)))
    delivery.start()
    delivery.ready()
    return delivery


def through(account: Account, watch: Watch, fault: Fault) -> tuple[str, int]:
    """What a delivery says while W&B is broken, and how many windows arrive after that."""
    with proxy(account.base_url.rpartition("/")[2], fault.rule, fault.gate) as url:
        fronted = account.model_copy(update={"base_url": url})
        broken = delivery_to(fronted, watch, deadline=4)
        eventually(lambda: broken.health.failures, seconds=60)
        error = broken.health.error
        fault.over.set()
        broken.end(within=300)  # its last try may take longer than it has, on a busy machine
        mended = delivery_to(fronted, watch, deadline=240)
        mended.end(within=300)
        return error, broken.health.delivered + mended.health.delivered


def slowly(account: Account, watch: Watch) -> tuple[bool, Health]:
    """Whether windows wait while W&B answers slowly, and how the delivery went."""
    asked = threading.Event()

    def gate(_request: bytes) -> None:
        asked.set()
        time.sleep(LATE)

    with proxy(account.base_url.rpartition("/")[2], gate=gate) as url:
        delivery = delivery_to(account.model_copy(update={"base_url": url}), watch, DEADLINE)
        asked.wait(HANG)
        waiting = len(watch.spool) == WINDOWS
        delivery.end(within=HANG)
        return waiting, delivery.health


def test_windows_of_an_hour_without_w_and_b_arrive_once_and_serving_does_not_notice(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        RELEASE="r1",
        ADMIN_TOKEN=TOKEN,
    )
    process.wait_ready()
    targets = [target_of(process, folders, release=name) for name in (*FAULTS, "slow")]
    watching = Watching(settings_for(tmp_path, *targets, monitor_interval=120), AWAY)
    watching.turn()
    for _ in range(WINDOWS - 1):
        send(process, 2)
        watching.turn(120)
    watches = watching.monitor.watches
    with ThreadPoolExecutor(len(targets)) as pool:
        outages = {
            name: pool.submit(through, account, watches[name], fault) for name, fault in FAULTS.items()
        }
        send(process, 2)  # answered meanwhile
        watching.turn(120)  # and seen
        slow = pool.submit(slowly, account, watches["slow"])
        seen = {name: outage.result() for name, outage in outages.items()}
        waiting, health = slow.result()
    assert (True, WINDOWS, 0, "") == (waiting, health.delivered, health.failures, health.error)
    assert health.seconds > 10 * LATE
    for name, (error, delivered) in seen.items():
        assert error.startswith("W&B"), name
        assert WINDOWS == delivered, name
    for name in watches:
        _, rows = history_of(account, name)
        assert [2] * WINDOWS == [row["decisions/total"] for row in rows], name
        assert 0 == len(watches[name].spool) == watches[name].spool.dropped, name


def test_the_monitors_metrics_report_an_outage(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
    process.wait_ready()
    watching = Watching(settings_for(tmp_path, target_of(process, folders), monitor_buffer=10), AWAY)
    watching.turn()
    for _ in range(13):
        watching.turn(60)
    watching.deliver()
    watching.turn()
    port = Port("127.0.0.1", free_port(), lambda: watching.monitor.status)
    try:
        page = httpx.get(f"http://127.0.0.1:{port.number}/metrics", timeout=240, trust_env=False).text
    finally:
        port.close()
    shown = {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith("fraud_monitor_")
    }
    assert shown.pop("fraud_monitor_delivery_seconds")
    assert {
        "fraud_monitor_windows_waiting": 10.0,
        "fraud_monitor_windows_dropped_total": 3.0,
        "fraud_monitor_windows_delivered_total": 0.0,
    } == {name: value for name, value in shown.items() if not name.endswith("failures_total")}
    assert shown["fraud_monitor_delivery_failures_total"] >= 1
