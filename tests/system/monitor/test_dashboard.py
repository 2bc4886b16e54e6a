"""Every query of the dashboard shows something: a real Prometheus scrapes a real release and its monitor."""

import json
import math
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from fraud_local.folders import Folders
from fraud_monitor.core.profile import DAY
from fraud_monitor.http.port import Port
from fraud_registry.access.account import Account
from helm.render import CHART
from support.processes import Start, free_port
from support.waiting import eventually
from support.watching import TOKEN, Watching, send, settings_for, target_of

HOUR = 3_600.0
VARIABLES = {"$namespace": "fraud", "$release": ".+", "$__rate_interval": "2m"}


def queries() -> list[str]:
    panels = json.loads((CHART / "files" / "dashboard.json").read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel["targets"]]
    for name, value in VARIABLES.items():
        found = [each.replace(name, value) for each in found]
    return found


@contextmanager
def prometheus(folder: Path, **addresses: str) -> Iterator[str]:
    """Address of a Prometheus that scrapes these as the chart's PodMonitors do, every second."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (Debian's package): the dashboard is not tried")
    labels = {"predictor": {"release": "r1"}}  # which does not know its release; the pod's label does
    targets = [
        {"targets": [address], "labels": {"namespace": "fraud", "pod": name, **labels.get(name, {})}}
        for name, address in addresses.items()
    ]
    jobs = [{"job_name": "pods", "static_configs": targets}]
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    command = [
        program,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address={address}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            # It listens before it has opened its series, and answers 503 until then.
            ready = f"http://{address}/-/ready"
            eventually(lambda: httpx.get(ready, timeout=60, trust_env=False).is_success, seconds=30)
            yield f"http://{address}"
        finally:
            process.kill()


def values(client: httpx.Client, query: str) -> list[float]:
    """The numbers that it shows now."""
    result = client.get("/api/v1/query", params={"query": query}).raise_for_status().json()["data"]["result"]
    return [value for each in result if not math.isnan(value := float(each["value"][1]))]


def test_every_query_of_the_dashboard_shows_data(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    transformer = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"127.0.0.1:{predictor.grpc_port}",
        RELEASE="r1",
        ADMIN_TOKEN=TOKEN,
    )
    predictor.wait_ready()
    transformer.wait_ready()
    target = target_of(transformer, folders)
    predictors = target.model_copy(update={"predictor": f"http://127.0.0.1:{predictor.http_port}"})
    watching = Watching(settings_for(tmp_path, predictors), account)
    watching.turn()
    send(transformer, 6_000)
    watching.fill()
    for _ in range(DAY - 1):  # with the next a whole day seen, so that drift is judged
        watching.turn(HOUR)
    send(transformer, 10)  # a window without payments has no expected cost
    watching.turn(HOUR)
    port = Port("127.0.0.1", free_port(), lambda: watching.monitor.status)
    pods = {
        "transformer": f"127.0.0.1:{transformer.admin_port}",
        "predictor": f"127.0.0.1:{predictor.http_port}",
        "monitor": f"127.0.0.1:{port.number}",
    }
    payment = {"amt": 1.0, "hour": 1, "day_of_week": 1, "category": "crypto"}
    try:
        with prometheus(tmp_path, **pods) as url, httpx.Client(base_url=url, trust_env=False) as client:

            def counted() -> bool:
                for each in (payment, {"hour": 1}):
                    httpx.post(f"{transformer.url}/predict", json=each, timeout=60)
                return bool(values(client, "rate(fraud_scored_rows_total[2m]) > 0"))

            eventually(counted, seconds=20, pause=0.3)
            predictor.popen.kill()

            def silent() -> list[str]:
                httpx.post(f"{transformer.url}/predict", json=payment, timeout=60)
                return [query for query in queries() if not values(client, query)]

            eventually(lambda: not silent(), seconds=20, pause=0.3)
            assert [] == silent()
            assert len(queries()) == len(set(queries()))
    finally:
        port.close()
