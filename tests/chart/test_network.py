"""Who may talk to whom: the whole matrix, and nothing but it."""

from itertools import product
from typing import Final

import pytest

from helm.render import Object, render
from support.chart.network import Party, Port, may_talk
from support.chart.pods import pods
from support.chart.values import TWO

_GATEWAY: Final = Party("gateway", "envoy-gateway-system", {"app.kubernetes.io/component": "proxy"})
_PROMETHEUS: Final = Party("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
_DNS: Final = Party("dns", "kube-system", {"k8s-app": "kube-dns"})
_NEIGHBOUR: Final = Party("neighbour", "fraud", {"app": "other"})
_STRANGER: Final = Party("stranger", "other", {"app.kubernetes.io/component": "proxy"})
_WANDB: Final = Party("wandb", address="35.186.228.49")
_METADATA: Final = Party("metadata", address="169.254.169.254")
_INSIDE: Final = Party("inside", address="10.1.2.3")
_PORTS: Final = (Port(53, "UDP"), *map(Port, (53, 80, 443, 6443, 8080, 8081, 9091)))
_OTHERS: Final = (_GATEWAY, _PROMETHEUS, _DNS, _NEIGHBOUR, _STRANGER, _WANDB, _METADATA, _INSIDE)


def talks(objects: list[Object]) -> set[tuple[str, str, int]]:
    """Everything allowed that begins or ends at one of our pods: from, to, port."""
    ours = [Party.of(pod) for pod in pods(objects)]
    return {
        (source.name.removeprefix("fraud-"), target.name.removeprefix("fraud-"), port.number)
        for source, target, port in product((*ours, *_OTHERS), (*ours, *_OTHERS), _PORTS)
        if (source in ours or target in ours) and source != target
        if source.name != "fraud-test" or target in ours
        if may_talk(source, target, port, objects)
    }


def own(release: str) -> set[tuple[str, str, int]]:
    transformer, predictor = f"{release}-transformer", f"{release}-predictor"
    return {
        ("gateway", transformer, 8080),
        ("gateway", transformer, 8081),
        ("test", transformer, 8080),
        ("prometheus", transformer, 9091),
        ("prometheus", predictor, 8080),
        (transformer, predictor, 8081),
        (transformer, "dns", 53),
        (predictor, "dns", 53),
    }


def test_with_hosted_wandb() -> None:
    to_wandb = {(f"{r}-{c}", "wandb", 443) for r in ("r1", "r2") for c in ("predictor", "transformer")}
    assert own("r1") | own("r2") | to_wandb == talks(render(TWO))


def test_with_wandb_local() -> None:
    to_wandb = {(f"{r}-{c}", "wandb-local", 8080) for r in ("r1", "r2") for c in ("predictor", "transformer")}
    objects = render(TWO | {"wandbLocal": {"enabled": True}})
    assert own("r1") | own("r2") | to_wandb == talks(objects)


def test_the_monitor_reads_all_pods_and_alone_beside_them_reaches_the_registry() -> None:
    objects = render(TWO | {"monitor": {"enabled": True}})
    added = talks(objects) - talks(render(TWO))
    pods_read = {("monitor", f"{r}-{c}", 8080) for r in ("r1", "r2") for c in ("predictor", "transformer")}
    admin = {("monitor", f"{r}-transformer", 9091) for r in ("r1", "r2")}
    assert pods_read | admin | {("monitor", "wandb", 443), ("monitor", "dns", 53)} == added
    monitor = next(Party.of(each) for each in pods(objects) if each["metadata"]["name"] == "fraud-monitor")
    assert may_talk(_PROMETHEUS, monitor, Port(9092), objects)
    assert not may_talk(_NEIGHBOUR, monitor, Port(9092), objects)
    holders = {
        each["metadata"]["name"]
        for each in pods(objects)
        for container in each["spec"]["containers"]
        if any(variable["name"] == "WANDB_API_KEY" for variable in container.get("env", ()))
    }
    assert {"fraud-monitor"} == holders


def test_the_operator_reaches_admin_ports_only_when_it_is_named() -> None:
    operator = Party("operator", "fraud", {"app": "operator"})
    named = TWO | {"networkPolicy": {"operator": [{"podSelector": {"matchLabels": operator.labels}}]}}
    for values, expected in (
        (TWO, set[tuple[str, int]]()),
        (named, {("transformer", 9091), ("predictor", 8080)}),
    ):
        objects = render(values)
        reached = {
            (pod["metadata"]["name"].rpartition("-")[2], port.number)
            for pod, port in product(pods(objects), _PORTS)
            if may_talk(operator, Party.of(pod), port, objects)
        }
        assert expected == reached


def test_traces_go_to_the_named_collector_only() -> None:
    labels = {"app": "collector"}
    collector = Party("collector", "fraud", labels)
    named = {"peers": [{"podSelector": {"matchLabels": labels}}], "port": 4317}
    for telemetry, expected in (({}, False), (named, True)):
        objects = render(TWO | {"networkPolicy": {"telemetry": telemetry}})
        sources = [Party.of(pod) for pod in pods(objects) if pod["metadata"]["name"] != "fraud-test"]
        assert [expected] * 4 == [may_talk(each, collector, Port(4317), objects) for each in sources]


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_a_missing_policy_is_found(direction: str) -> None:
    objects = render(TWO)
    for each in objects:
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] in {
            "fraud-r1-predictor",
            "fraud-outward",
        }:
            each["spec"]["policyTypes"] = [kept for kept in each["spec"]["policyTypes"] if kept != direction]
    assert talks(objects) - talks(render(TWO))
