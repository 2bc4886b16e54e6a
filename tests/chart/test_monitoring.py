"""Alerts fire when they should; every query of alerts and dashboard names metrics that are there."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fraud_contract.policy import Decision
from fraud_monitor.core.drift import Drift, State
from fraud_monitor.core.judgement import Judgement
from fraud_monitor.core.outcome import OutcomeDrift
from fraud_monitor.http.exposition import Exposition
from fraud_monitor.http.status import MonitorStatus, ReleaseStatus
from fraud_predictor.metrics import SCORED_ROWS
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.transactions.parsing import Payment
from helm.render import CHART, Object, render
from support.artifacts.releases import write_release
from support.chart.values import TWO
from support.decided import arrays_of

_MONITORED = TWO | {
    "monitor": {"enabled": True},
    "monitoring": {
        "podMonitor": {"enabled": True},
        "rules": {"enabled": True},
        "dashboard": {"enabled": True},
    },
}
_SELECTOR = re.compile(r"(fraud_[a-z_]+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r'([a-z_]+)=~?"|([a-z_]+)!="')
_UNITS = frozenset({"reqps", "cps", "percentunit", "s", "short", "currencyUSD"})
"""Grafana's names of those that panels have."""
_COLUMNS = 24
_OF_PROMETHEUS = frozenset({"namespace", "pod"})


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return render(_MONITORED)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Labels by sample name, of all that both processes show once something happened."""
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    release = ServedRelease.load(
        TransformerSettings(model_dir=folders.model, preprocessor_dir=folders.preprocessor, release="fraud-1")
    )
    registry = CollectorRegistry()
    counted = Metrics(release, registry)
    counted.requested_all("/predict/", 200, [0.001])
    counted.called(1, 0.001, 0.001)
    counted.failed("unavailable")
    payment = Payment(amt=1.0, hour=1, day_of_week=1, category="travel")
    counted.decided_all(*arrays_of(release.features, [(payment, 0.5, Decision.BLOCK)]))
    for name in ("fraud_queue_rows", "fraud_predictors"):  # as assembly watches them
        counted.watch(name, name, lambda: 0.0)
    text = generate_latest(registry).decode()
    found = {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    registry = CollectorRegistry()
    registry.register(Exposition(_status))
    found |= {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    SCORED_ROWS.labels("v0").inc()
    return found | {"fraud_scored_rows_total": {"model_version", "release"}}


def _status() -> MonitorStatus:
    """One with something of everything."""
    drift = Drift(
        name="amount",
        span="day",
        psi=0.1,
        by_chance=0.01,
        limit=0.02,
        payments=1,
        needed=1,
        state=State.MOVED,
    )
    outcome = OutcomeDrift(name="blocked", span="day", value=1, reference=1, payments=1, state=State.MOVED)
    release = ReleaseStatus(
        release="fraud-1",
        ends=1.0,
        figures={"expected_cost/per_1000": 1.0},
        judgement=Judgement(drifts=(drift,), outcomes=(outcome,)),
        importance={"amt": 1.0},
    )
    return MonitorStatus(
        installation="i", written=1, delivered=1, delivery_failures=1, delivery_error="", releases=(release,)
    )


def alerts(objects: list[Object]) -> list[Object]:
    rule = next(each for each in objects if each["kind"] == "PrometheusRule")
    return [each for group in rule["spec"]["groups"] for each in group["rules"]]


def panels(objects: list[Object]) -> list[Object]:
    shown = next(each for each in objects if each["metadata"]["name"] == "fraud-dashboard")
    return list(json.loads(shown["data"]["fraud-detector.json"])["panels"])


def queries(objects: list[Object]) -> list[str]:
    of_dashboard = [target["expr"] for panel in panels(objects) for target in panel["targets"]]
    return [*of_dashboard, *(each["expr"] for each in alerts(objects))]


def test_every_query_names_metrics_and_labels_that_are_there(
    objects: list[Object], metrics: dict[str, set[str]]
) -> None:
    found = [match for query in queries(objects) for match in _SELECTOR.findall(query)]
    assert len(found) > len(queries(objects))
    for name, selector in found:
        assert name in metrics, name
        labels = {one or other for one, other in _LABEL.findall(selector)}
        assert labels <= metrics[name] | _OF_PROMETHEUS, name


def test_each_panel_has_a_unit_a_name_for_each_line_and_a_place_of_its_own(objects: list[Object]) -> None:
    places = list[tuple[int, int]]()
    for panel in panels(objects):
        names = [target["legendFormat"] for target in panel["targets"]]
        assert panel["fieldConfig"]["defaults"]["unit"] in _UNITS, panel["title"]
        assert len(names) == len(set(names) - {""}), panel["title"]
        assert len(names) == len({target["refId"] for target in panel["targets"]}), panel["title"]
        assert {"type": "prometheus", "uid": "${datasource}"} == panel["datasource"], panel["title"]
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= _COLUMNS, panel["title"]
        places += itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
    assert len(places) == len(set(places))
    for key in ("id", "title"):
        assert len(panels(objects)) == len({panel[key] for panel in panels(objects)})


def test_shares_and_money_are_not_on_one_axis(objects: list[Object]) -> None:
    units = {
        panel["fieldConfig"]["defaults"]["unit"]: 'name="expected cost per 1,000"' in str(panel["targets"])
        for panel in panels(objects)
        if "fraud_outcome{" in str(panel["targets"])
    }
    assert {"percentunit": False, "currencyUSD": True} == units


def test_the_runbook_has_a_row_for_each_alert(objects: list[Object]) -> None:
    runbook = (CHART.parents[1] / "docs/how-to/monitoring.md").read_text().partition("## Runbook")[2]
    rows = re.findall(r"^\| `(Fraud\w+)` \|(.*)\|$", runbook, re.MULTILINE)
    assert [each["alert"] for each in alerts(objects)] == [name for name, _ in rows]
    assert {3} == {len([cell for cell in cells.split(" | ") if cell.strip()]) for _, cells in rows}


def test_the_watched_gauges_are_the_assemblys() -> None:
    source = (CHART.parents[1] / "transformer/src/fraud_transformer/assembly.py").read_text()
    assert {"fraud_queue_rows", "fraud_predictors"} == set(re.findall(r'watch\("(fraud_\w+)"', source))


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian's package prometheus): alerts are not tried")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_alerts_fire_when_they_should(objects: list[Object], tmp_path: Path) -> None:
    """The cases are in alerts.yaml, in promtool's own form; every alert has one."""
    rule = next(each for each in objects if each["kind"] == "PrometheusRule")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rule["spec"]))
    cases = yaml.safe_load((Path(__file__).parent / "alerts.yaml").read_text())
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases))
    done = promtool("test", "rules", str(tmp_path / "cases.yaml"))
    assert 0 == done.returncode, done.stdout + done.stderr
    fired = {
        each["alertname"] for test in cases["tests"] for each in test["alert_rule_test"] if each["exp_alerts"]
    }
    assert {each["alert"] for each in alerts(objects)} == fired


def test_every_query_is_promql(objects: list[Object], tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "5m").replace("$", "")}
        for number, query in enumerate(queries(objects))
    ]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = promtool("check", "rules", str(path))
    assert 0 == done.returncode, done.stdout + done.stderr


def test_pods_are_scraped_where_they_show_metrics(objects: list[Object]) -> None:
    endpoints = {
        each["metadata"]["name"]: each["spec"]["podMetricsEndpoints"][0]
        for each in objects
        if each["kind"] == "PodMonitor"
    }
    ports = {name: each.get("portNumber", each.get("port")) for name, each in endpoints.items()}
    assert {"fraud-predictor": 8080, "fraud-transformer": 9091, "fraud-monitor": "metrics"} == ports
