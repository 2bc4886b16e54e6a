"""What the chart makes of what a cluster has: it refuses what would lose requests, and keeps what runs."""

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from helm.render import ChartRefused, Object, render
from support.chart.api_server import answering
from support.chart.values import RELEASE, TWO


@pytest.fixture(params=["helm", "helm3"])
def helm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Cluster:
    """A cluster on which the chart was installed with some values."""

    def __init__(self, folder: Path, helm: str, values: dict[str, Any], pods: dict[str, int]) -> None:
        self._folder = folder
        self._helm = helm
        self.objects = [
            each for each in render(values) if each["kind"] in {"InferenceService", "HTTPRoute", "Gateway"}
        ]
        self.objects += [
            _deployment(f"fraud-{release}-{component}", count)
            for release, count in pods.items()
            for component in ("predictor", "transformer")
        ]

    def upgrade(self, values: dict[str, Any], *options: str) -> list[Object]:
        """What an upgrade would apply."""
        with answering(self.objects, self._folder) as kubeconfig:
            # Without it `helm3 template` asks for objects, but not for the kinds that the cluster has.
            kinds = ("--validate",) if self._helm == "helm3" else ()
            cluster = (*kinds, "--dry-run=server", "--is-upgrade", "--disable-openapi-validation")
            place = ("--kubeconfig", str(kubeconfig))
            return render(values, helm=self._helm, options=(*cluster, *place, *options))


def _deployment(name: str, available: int) -> Object:
    about = {"name": name, "namespace": "fraud"}
    status = {"availableReplicas": available}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "status": status}


def canary(weight: int) -> dict[str, Any]:
    return TWO | {"canary": {"name": "r2", "weight": weight}}


def promoted() -> dict[str, Any]:
    return TWO | {"stable": "r2"}


def weights(objects: Iterable[Object]) -> dict[str, int]:
    route = next(each for each in objects if each["kind"] == "HTTPRoute")
    rules = [{b["name"]: b["weight"] for b in rule["backendRefs"]} for rule in route["spec"]["rules"]]
    assert [rules[0]] * len(rules) == rules
    return rules[0]


def test_a_ready_release_gets_its_share(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 3, "r2": 1})
    expected = {"fraud-r1-transformer": 90, "fraud-r2-transformer": 10}
    assert expected == weights(cluster.upgrade(canary(10)))


@pytest.mark.parametrize(("there", "weight"), [(0, 1), (1, 50), (2, 90)])
def test_a_release_without_the_pods_for_its_share_is_refused(
    tmp_path: Path, helm: str, there: int, weight: int
) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 3, "r2": there})
    with pytest.raises(ChartRefused, match=rf'"r2" is to get {weight} %.*has {there} of the') as refused:
        cluster.upgrade(canary(weight))
    assert "kubectl rollout status deployment/fraud-r2-" in str(refused.value)


def test_promotion_needs_as_many_pods_as_serve_now(tmp_path: Path, helm: str) -> None:
    few = Cluster(tmp_path, helm, canary(10), {"r1": 3, "r2": 1})
    with pytest.raises(ChartRefused, match=r"1 of the 3 available predictor pods"):
        few.upgrade(promoted())
    enough = Cluster(tmp_path, helm, canary(10), {"r1": 3, "r2": 3})
    assert {"fraud-r2-transformer": 100} == weights(enough.upgrade(promoted()))


def test_going_back_is_possible_while_the_new_release_is_down(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, promoted(), {"r1": 1, "r2": 0})
    assert {"fraud-r1-transformer": 100} == weights(cluster.upgrade(TWO))


def test_an_emergency_goes_unchecked(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 0})
    upgraded = cluster.upgrade(promoted(), "--set", "route.unchecked=true")
    assert {"fraud-r2-transformer": 100} == weights(upgraded)


def test_the_first_release_of_all_gets_everything(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, {}, {})
    assert {"fraud-r1-transformer": 100} == weights(cluster.upgrade(TWO))


def test_a_canary_needs_a_stable_release_that_serves(tmp_path: Path, helm: str) -> None:
    with pytest.raises(ChartRefused, match=r"there is no route yet.*Install with stable alone first"):
        Cluster(tmp_path, helm, {}, {}).upgrade(canary(10))


def test_a_release_with_weight_cannot_be_removed(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, canary(10), {"r1": 1, "r2": 1})
    with pytest.raises(ChartRefused, match=r'"r2" has 10 % of the traffic, but is missing in releases'):
        cluster.upgrade({"releases": {"r1": RELEASE}, "stable": "r1"})


def test_a_release_without_weight_can_be_removed(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1})
    left = cluster.upgrade({"releases": {"r1": RELEASE}, "stable": "r1"})
    assert ["fraud-r1"] == [e["metadata"]["name"] for e in left if e["kind"] == "InferenceService"]


@pytest.mark.parametrize(
    "change",
    [
        {"model": "wandb://team/project/production_model:v9"},
        {"preprocessor": "wandb://team/project/preprocessor:v9"},
        {"transformer": {"settings": {"FRAUD_DEADLINE": "1"}}},
        {"predictor": {"image": {"tag": "other"}}},
        {"predictor": {"drain": {"grace": 10}}},
        {"autoscaling": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_release_never_changes(tmp_path: Path, helm: str, change: dict[str, Any]) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1})
    changed = deepcopy(TWO)
    changed["releases"]["r1"] |= change
    with pytest.raises(ChartRefused, match=r"releases\.r1 differs .* add another release"):
        cluster.upgrade(changed)


def test_a_release_gets_more_pods_and_nothing_else(tmp_path: Path, helm: str) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1})
    more = deepcopy(TWO)
    more["releases"]["r1"]["predictor"] = {"replicas": 3}
    before = {e["metadata"]["name"]: e for e in cluster.upgrade(TWO) if e["kind"] == "InferenceService"}
    after = {e["metadata"]["name"]: e for e in cluster.upgrade(more) if e["kind"] == "InferenceService"}
    before["fraud-r1"]["spec"]["predictor"]["minReplicas"] = 3
    assert before == after


def test_what_runs_is_kept_whatever_the_defaults_become(tmp_path: Path, helm: str) -> None:
    """A chart with another template, or other defaults, would restart every pod otherwise."""
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1})
    living = next(each for each in cluster.objects if each["metadata"]["name"] == "fraud-r1")
    living["spec"]["predictor"]["terminationGracePeriodSeconds"] = 77  # as another chart had it
    upgraded = cluster.upgrade(TWO, "--set", "image.tag=new,releaseDefaults.predictor.startSeconds=9")
    kept = next(
        e for e in upgraded if e["kind"] == "InferenceService" and e["metadata"]["name"] == "fraud-r1"
    )
    assert living["spec"] == kept["spec"]


@pytest.mark.parametrize(
    ("option", "missing"),
    [
        ("monitoring.podMonitor.enabled=true", "no Prometheus operator"),
        ("monitoring.rules.enabled=true", "no Prometheus operator"),
        ("trafficPolicy.enabled=true", "no Envoy Gateway"),
        ("internal.enabled=true", "no Envoy Gateway"),
    ],
)
def test_a_missing_crd_is_reported(tmp_path: Path, helm: str, option: str, missing: str) -> None:
    with pytest.raises(ChartRefused, match=f"is set, but the cluster has {missing}"):
        Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1}).upgrade(TWO, "--set", option)


@pytest.mark.parametrize(
    ("owner", "refused"), [("fraud", False), ("other", True), (None, True)], ids=["own", "other", "nobody's"]
)
def test_wandb_is_not_taken_from_another_installation(
    tmp_path: Path, helm: str, owner: str | None, *, refused: bool
) -> None:
    cluster = Cluster(tmp_path, helm, TWO, {"r1": 1, "r2": 1})
    living = next(each for each in render(TWO) if each["kind"] == "ClusterStorageContainer")
    marks = {"meta.helm.sh/release-name": owner, "meta.helm.sh/release-namespace": "fraud"}
    living["metadata"]["annotations"] = marks if owner else {}
    cluster.objects.append(living)
    if refused:
        with pytest.raises(ChartRefused, match=r'has a ClusterStorageContainer "wandb" already'):
            cluster.upgrade(TWO)
        cluster.upgrade(TWO, "--set", "storageContainer.create=false")
    else:
        cluster.upgrade(TWO)
