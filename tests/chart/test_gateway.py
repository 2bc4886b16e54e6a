"""What stands in front of the pods: limits, tokens, and headers that do not come in from outside."""

from typing import Any

import pytest

from helm.render import Object, render
from support.chart.values import RELEASE, TWO

ENVOY = ("--api-versions", "gateway.envoyproxy.io/v1alpha1")
INTERNAL = TWO | {"internal": {"enabled": True}}
JWT = {"jwt": {"enabled": True, "issuer": "https://issuer.example", "jwksUri": "https://issuer.example/keys"}}


def kinds(objects: list[Object], kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def removed(objects: list[Object], route: str) -> list[list[str]]:
    rules = kinds(objects, "HTTPRoute")[route]["spec"]["rules"]
    return [rule["filters"][0]["requestHeaderModifier"]["remove"] for rule in rules]


def test_nothing_from_outside_marks_itself_synthetic_or_chooses_a_release() -> None:
    objects = render(INTERNAL)
    assert [["x-fraud-release", "x-fraud-synthetic"]] * 3 == removed(objects, "fraud")
    for route in ("fraud-internal", "fraud-r1-pinned", "fraud-r2-pinned"):
        assert [["x-fraud-release"]] * 3 == removed(objects, route)


def test_limits_are_made_where_envoy_gateway_is_and_nowhere_else() -> None:
    policies = kinds(render(TWO, options=ENVOY), "BackendTrafficPolicy")
    spec = policies["fraud"]["spec"]
    assert [{"limit": {"requests": 5000, "unit": "Second"}}] == spec["rateLimit"]["local"]["rules"]
    assert 4096 == spec["circuitBreaker"]["maxConnections"]
    assert {} == kinds(render(TWO), "BackendTrafficPolicy")
    off = TWO | {"trafficPolicy": {"enabled": False}}
    assert {} == kinds(render(off, options=ENVOY), "BackendTrafficPolicy")
    on = TWO | {"trafficPolicy": {"enabled": True, "requestsPerSecond": 0}}
    assert "rateLimit" not in kinds(render(on), "BackendTrafficPolicy")["fraud"]["spec"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (TWO, {}),
        (TWO | {"gateway": {"create": True}}, {"fraud"}),
        (INTERNAL | {"gateway": {"create": True}}, {"fraud", "fraud-internal"}),
    ],
)
def test_connections_are_limited_at_gateways_made_here_only(
    values: dict[str, Any], expected: set[str]
) -> None:
    policies = kinds(render(values, options=ENVOY), "ClientTrafficPolicy")
    assert set(expected) == policies.keys()
    for name, policy in policies.items():
        assert 4096 == policy["spec"]["connection"]["connectionLimit"]["value"]
        assert [name] == [each["name"] for each in policy["spec"]["targetRefs"]]


def test_a_token_is_asked_for_on_every_route() -> None:
    objects = render(INTERNAL | JWT)
    targets = kinds(objects, "SecurityPolicy")["fraud"]["spec"]["targetRefs"]
    assert kinds(objects, "HTTPRoute").keys() == {each["name"] for each in targets}


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_a_release_takes_a_default_back_by_null(helm: str) -> None:
    pod = {"resources": {"limits": {"cpu": None}}, "settings": {"FRAUD_LOG_FORMAT": None}, "spread": None}
    objects = render(
        {"releases": {"r1": RELEASE | {"transformer": pod, "predictor": {"resources": None}}}}, helm=helm
    )
    spec = kinds(objects, "InferenceService")["fraud-r1"]["spec"]
    transformer, predictor = spec["transformer"], spec["predictor"]
    assert {"memory": "1Gi"} == transformer["containers"][0]["resources"]["limits"]
    assert "topologySpreadConstraints" not in transformer
    settings = {each["name"] for each in transformer["containers"][0]["env"]}
    assert "FRAUD_LOG_FORMAT" not in settings
    assert {} == predictor["containers"][0]["resources"]


@pytest.mark.parametrize(
    ("name", "expected"), [("1fraud", "fraud-1fraud"), ("pay.ments", "pay-ments"), ("fraud", "fraud")]
)
def test_a_helm_release_of_any_name_gives_names_that_kubernetes_takes(name: str, expected: str) -> None:
    assert {f"{expected}-r1", f"{expected}-r2"} == kinds(render(TWO, name=name), "InferenceService").keys()


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_a_dependency_may_be_switched_by_its_condition(helm: str) -> None:
    assert render(TWO, helm=helm) == render(TWO | {"enabled": True}, helm=helm)


def test_pods_and_initializer_take_what_their_owners_add() -> None:
    mount = {"name": "certificates", "mountPath": "/etc/certificates", "readOnly": True}
    pod = {
        "podAnnotations": {"example.com/team": "payments"},
        "podLabels": {"example.com/cost": "fraud"},
        "extraVolumes": [{"name": "certificates", "secret": {"secretName": "internal"}}],
        "extraVolumeMounts": [mount],
    }
    proxy = {"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}
    objects = render(
        {
            "releases": {"r1": RELEASE | {"transformer": pod}},
            "storageContainer": {"extraEnv": [proxy]},
            "registry": {"ca": {"configMap": "authorities"}},
            "serviceAccount": {"annotations": {"example.com/role": "none"}},
        }
    )
    transformer = kinds(objects, "InferenceService")["fraud-r1"]["spec"]["transformer"]
    assert (pod["podAnnotations"], pod["podLabels"]) == (transformer["annotations"], transformer["labels"])
    assert "certificates" in {each["name"] for each in transformer["volumes"]}
    assert mount in transformer["containers"][0]["volumeMounts"]
    env = kinds(objects, "ClusterStorageContainer")["wandb"]["spec"]["container"]["env"]
    assert proxy in env
    authorities = {"configMapKeyRef": {"name": "authorities", "key": "ca.crt"}}
    assert {"name": "WANDB_CA_CERTIFICATES", "valueFrom": authorities} in env
    account = kinds(objects, "ServiceAccount")["fraud-serving"]["metadata"]
    assert {"example.com/role": "none"} == account["annotations"]
