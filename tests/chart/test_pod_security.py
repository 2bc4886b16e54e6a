"""Every pod is restricted, and the check that says so finds each field that is missing."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from helm.render import CHART, Object, render
from support.chart.pod_security import containers, violations
from support.chart.pods import pods

Removal = Callable[[Object], Any]


@pytest.fixture(scope="module")
def made() -> list[Object]:
    return pods(render(CHART / "ci" / "two-releases-values.yaml"))


def test_all_pods_are_looked_at(made: list[Object]) -> None:
    expected = {f"fraud-{r}-{c}" for r in ("r1", "r2") for c in ("predictor", "transformer")}
    assert expected | {"fraud-wandb-local", "fraud-test"} == {pod["metadata"]["name"] for pod in made}


def test_every_pod_is_restricted_with_a_read_only_root_and_without_a_token(made: list[Object]) -> None:
    assert {} == {pod["metadata"]["name"]: found for pod in made if (found := violations(pod))}


def everywhere(field: str) -> Removal:
    """Takes a field out of the pod's and every container's security context."""

    def remove(pod: Object) -> None:
        for each in (pod["spec"], *containers(pod["spec"])):
            each["securityContext"].pop(field, None)

    return remove


def in_first(field: str) -> Removal:
    return lambda pod: containers(pod["spec"])[0]["securityContext"].pop(field)


def of_pod(field: str) -> Removal:
    return lambda pod: pod["spec"].pop(field)


@pytest.mark.parametrize(
    "remove",
    [
        in_first("allowPrivilegeEscalation"),
        in_first("capabilities"),
        in_first("readOnlyRootFilesystem"),
        everywhere("runAsNonRoot"),
        everywhere("seccompProfile"),
        of_pod("automountServiceAccountToken"),
        of_pod("enableServiceLinks"),
        lambda pod: containers(pod["spec"])[0].pop("resources"),
        lambda pod: pod["spec"].update(hostNetwork=True),
        lambda pod: pod["spec"].setdefault("volumes", []).append({"name": "h", "hostPath": {"path": "/"}}),
        lambda pod: containers(pod["spec"])[0]["securityContext"].update(runAsUser=0),
        lambda pod: containers(pod["spec"])[0]["securityContext"]["capabilities"].update(add=["NET_RAW"]),
    ],
)
def test_each_missing_field_is_found(made: list[Object], remove: Removal) -> None:
    for pod in made:
        changed = deepcopy(pod)
        remove(changed)
        assert len(violations(changed)) >= 1, pod["metadata"]["name"]


def serving(made: list[Object]) -> Iterator[Object]:
    return (pod for pod in made if "serving.kserve.io/inferenceservice" in pod["metadata"]["labels"])


def test_the_key_reaches_the_init_container_only(made: list[Object]) -> None:
    for pod in serving(made):
        names = [[env["name"] for env in each.get("env", [])] for each in containers(pod["spec"])]
        assert [True, False] == ["WANDB_API_KEY" in each for each in names]


PEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJ1Hk\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("keys", [PEM + PEM, "MCowBQYDK2VwAyEAJ1Hk"])
def test_trusted_keys_reach_all_that_fetch_or_serve_artifacts_and_nothing_else(keys: str) -> None:
    values = CHART / "ci" / "two-releases-values.yaml"
    trusting = pods(render(values, {"registry": {"trustedKeys": keys}, "monitor": {"enabled": True}}))
    given = {
        (pod["metadata"]["name"], each["name"]): env["value"]
        for pod in trusting
        for each in containers(pod["spec"])
        for env in each.get("env", [])
        if env["name"] == "FRAUD_TRUSTED_KEYS"
    }
    both = ("storage-initializer", "kserve-container")
    names = [f"fraud-{r}-{c}" for r in ("r1", "r2") for c in ("predictor", "transformer")]
    assert {(name, container): keys for name in names for container in both} == given


def test_without_trusted_keys_no_pod_asks_for_signatures(made: list[Object]) -> None:
    names = {env["name"] for pod in made for each in containers(pod["spec"]) for env in each.get("env", [])}
    assert "FRAUD_MODEL_DIR" in names
    assert "FRAUD_TRUSTED_KEYS" not in names


def test_a_pod_stops_serving_before_it_is_killed(made: list[Object]) -> None:
    for pod in serving(made):
        container = pod["spec"]["containers"][0]
        grace = next(float(env["value"]) for env in container["env"] if env["name"] == "FRAUD_GRACE")
        sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert sleep + grace < pod["spec"]["terminationGracePeriodSeconds"]


def test_no_port_is_published_that_callers_must_not_reach(made: list[Object]) -> None:
    for pod in serving(made):
        ports = [each["containerPort"] for each in pod["spec"]["containers"][0]["ports"]]
        assert [8080, 8081] == ports


def test_the_namespace_of_the_manifests_enforces_it() -> None:
    text = (CHART.parents[1] / "manifests" / "stable" / "00-namespace.yaml").read_text()
    namespace = next(yaml.safe_load_all(text))
    assert "restricted" == namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
