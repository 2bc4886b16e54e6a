"""An upgrade from one set of releases to the next changes only what it should."""

import shutil
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

import pytest

from helm import render as rendering
from helm.render import CHART, Object, render
from support.chart.values import RELEASE, TWO, Values

ONE: Values = {"releases": {"r1": RELEASE}, "stable": "r1", "internal": {"enabled": True}}
BOTH: Values = TWO | {"internal": {"enabled": True}}
Key = tuple[str, str]


def by_name(objects: Iterable[Object]) -> dict[Key, Object]:
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def difference(before: Values, after: Values) -> tuple[set[Key], set[Key], set[Key]]:
    """What is added, what goes, what differs."""
    old, new = by_name(render(before)), by_name(render(after))
    return new.keys() - old.keys(), old.keys() - new.keys(), {k for k in old.keys() & new if old[k] != new[k]}


def of(release: str) -> set[Key]:
    return {
        ("InferenceService", f"fraud-{release}"),
        ("Service", f"fraud-{release}-pool"),
        ("HTTPRoute", f"fraud-{release}-pinned"),
        *((kind, f"fraud-{release}-{c}") for kind in _PER_COMPONENT for c in ("predictor", "transformer")),
    }


_PER_COMPONENT = ("PodDisruptionBudget", "NetworkPolicy")
_ROUTES = {("HTTPRoute", "fraud"), ("HTTPRoute", "fraud-internal")}


def test_a_new_release_touches_no_other() -> None:
    assert (of("r2"), set(), set()) == difference(ONE, BOTH)


def test_a_release_goes_alone() -> None:
    assert (set(), of("r2"), set()) == difference(BOTH, ONE)


def test_weights_change_the_routes_only() -> None:
    canary = BOTH | {"canary": {"name": "r2", "weight": 10}}
    assert (set(), set(), _ROUTES) == difference(BOTH, canary)
    changed = difference(canary, BOTH | {"stable": "r2"})
    tests = {("Pod", "fraud-test")}  # it asks the stable release
    assert (set(), set(), _ROUTES | tests) == changed


def test_more_pods_change_their_numbers_only() -> None:
    more = deepcopy(BOTH)
    more["releases"]["r1"]["predictor"] = {"replicas": 3}
    assert (set(), set(), {("InferenceService", "fraud-r1")}) == difference(BOTH, more)
    old, new = (by_name(render(each))["InferenceService", "fraud-r1"] for each in (BOTH, more))
    old["spec"]["predictor"]["minReplicas"] = 3
    assert old == new


def test_another_version_of_the_chart_restarts_no_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "fraud-detector"
    shutil.copytree(CHART, other)
    chart = other / "Chart.yaml"
    chart.write_text(chart.read_text().replace("version: 0.1.0\nappV", "version: 7.0.0\nappV"))
    assert "7.0.0" in chart.read_text()
    before = by_name(render(BOTH))
    monkeypatch.setattr(rendering, "CHART", other)
    after = by_name(render(BOTH))
    assert before["Service", "fraud-r1-pool"] != after["Service", "fraud-r1-pool"]
    for release in ("r1", "r2"):
        name = ("InferenceService", f"fraud-{release}")
        assert before[name] == after[name]


def test_what_kserve_hands_on_to_pods_names_no_version_of_the_chart() -> None:
    for each in render(BOTH):
        if each["kind"] == "InferenceService":
            handed_on = {**each["metadata"]["labels"], **each["metadata"]["annotations"]}
            assert not {"helm.sh/chart", "app.kubernetes.io/version"} & handed_on.keys()
