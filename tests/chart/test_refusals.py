"""The schema refuses what nobody knows; checks refuse what cannot work, and say what to do."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from helm.render import ChartRefused, render
from support.chart.values import DEFAULTS, RELEASE, SCHEMA, TWO, Values


def merged(base: Values, path: str, value: object) -> Values:
    """`base` with the value at a dotted path."""
    copy: Any = deepcopy(base)
    place = copy
    *parents, last = path.split(".")
    for key in parents:
        place = place.setdefault(key, {})
    place[last] = value
    result: Values = copy
    return result


@pytest.mark.parametrize("helm", ["helm", "helm3"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("relases", {}),
        ("releases.r1.modle", "x"),
        ("releases.r1.transformer.settings.FRAUD_MAX_ROW", "5"),
        ("releases.r1.transformer.settings.FRAUD_ADMIN_PORT", "9999"),
        ("releases.r1.predictor.settings.FRAUD_FALLBACK", "review"),
        ("releases.r1.model", "wandb://team/project/production_model:production"),
        ("releases.r1.model", "production_model:v3"),
        ("releases.R1", RELEASE),
        ("image.tag", "latest"),
        ("releases.r1.predictor.extraVolumes", [{"name": "host", "hostPath": {"path": "/"}}]),
        ("releases.r1.predictor.extraVolumes", [{"name": "none"}]),
        ("internal.gateway.namespace", "a.b"),
        ("canary.weight", 101),
        ("canary.weight", "ten"),
        ("monitoring.rules.errorShare", 0),
        ("networkPolicy.gateway", [{"podSelektor": {}}]),
        ("registry.apiKey", "x"),
        ("registry.existingSecret", ""),
        ("registry.baseUrl", "https://user:secret@wandb.example"),
        ("route.timeouts.request", "ten seconds"),
    ],
)
def test_the_schema_refuses(helm: str, path: str, value: object) -> None:
    with pytest.raises(ChartRefused, match=r"don't meet the specifications of the schema"):
        render(merged(TWO, path, value), helm=helm)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("stable", "r9", r'stable is "r9", but releases has no such .* r1, r2.*add it back'),
        ("canary", {"name": "r9", "weight": 5}, r'canary\.name is "r9".*Add releases\.r9'),
        ("canary", {"name": "r1", "weight": 5}, r"both .*r1.*To promote it"),
        ("canary", {"name": "", "weight": 5}, r"canary\.weight is 5, but it needs two releases"),
        (
            "releases.r1.predictor.drain",
            {"preStop": 30, "grace": 30, "termination": 60},
            r"releases\.r1\.predictor\.drain: preStop 30 s \+ grace 30 s.*Set termination to 65 or more",
        ),
        (
            "releaseDefaults.transformer.drain.termination",
            25,
            r"releases\.r1\.transformer\.drain.*Set termination to 30 or more",
        ),
        ("releases.r1.predictor.extraEnv", [{"name": "FRAUD_X", "value": "1"}], r"belong under settings"),
        (
            "releases.r1.predictor.extraEnv",
            [{"name": "PYTHONPATH", "value": "1"}],
            r"KServe refuses PYTHONPATH",
        ),
        ("releases.r1.predictor.extraEnv", [{"name": "A", "value": "1"}] * 2, r"no name may come twice"),
        (
            "image.requireDigest",
            True,
            r"storageContainer\.image\.digest is empty|releases\.r1\..*digest is empty",
        ),
        ("gateway.tls.existingSecret", "tls", r"gateway\.create is not"),
        ("internal", {"enabled": True, "gateway": {"create": False}}, r"without a Gateway"),
        ("jwt.enabled", True, r"jwt\.issuer is empty"),
        ("jwt", {"enabled": True, "issuer": "x"}, r"either jwt\.jwksUri or jwt\.jwks"),
        ("fullnameOverride", "a" * 40, r"at most 42 .* Choose a shorter name"),
        *(
            (
                f"releases.r1.{kind}.extraEnv",
                [{"name": name, "value": "x"}],
                rf"releases\.r1\.{kind}\.extraEnv: {name} would break .*storageContainer\.extraEnv",
            )
            for kind, name in (
                ("transformer", "HTTPS_PROXY"),
                ("predictor", "http_proxy"),
                ("predictor", "LD_PRELOAD"),
                ("transformer", "SSL_CERT_FILE"),
            )
        ),
        (
            "releaseDefaults.predictor.podLabels",
            {"serving.kserve.io/inferenceservice": "other"},
            r"podLabels: serving\.kserve\.io/inferenceservice selects .* Choose another",
        ),
        (
            "storageContainer.extraEnv",
            [{"name": "WANDB_API_KEY", "value": "x"}],
            r"storageContainer\.extraEnv: WANDB_API_KEY is set by the chart",
        ),
        ("registry.ca", {"configMap": "a", "secret": "b"}, r"registry\.ca names a ConfigMap and a Secret"),
        (
            "registry.requireDigest",
            True,
            r"releases\.r1\.(model|preprocessor) names no digest.*fraudctl registry show",
        ),
    ],
)
def test_a_check_refuses_and_says_what_to_do(path: str, value: object, message: str) -> None:
    with pytest.raises(ChartRefused, match=re.compile(message, re.DOTALL)):
        render(merged(TWO, path, value))


def test_more_pods_than_allowed_are_refused() -> None:
    values = merged(TWO, "releases.r1.autoscaling", value=True)
    with pytest.raises(ChartRefused, match=r"maxReplicas 3 is below replicas 5"):
        render(merged(values, "releases.r1.predictor", {"replicas": 5}))


def test_every_value_is_in_the_schema_and_has_a_default() -> None:
    assert SCHEMA["properties"].keys() - {"enabled", "global"} == DEFAULTS.keys()
    assert sorted(DEFAULTS) == SCHEMA["required"]


def test_no_part_of_the_schema_lets_unknown_names_pass() -> None:
    """But for those of Kubernetes and Helm: affinity, extraObjects, global, a volume's source."""
    assert ["affinity", "affinity", "affinity", "extraObjects", "global", "volumeSource"] == sorted(
        _open(SCHEMA, "")
    )


def _open(part: Any, name: str) -> list[str]:  # noqa: ANN401 - any JSON
    found = []
    if isinstance(part, dict):
        if part.get("type") == "object" and "additionalProperties" not in part:
            found.append(name)
        for key, value in part.items():
            kept = name if key in {"items", "properties"} else key
            found += _open(value, name if name in {"affinity", "extraObjects"} else kept)
    if isinstance(part, list):
        found += [each for value in part for each in _open(value, name)]
    return found


def test_no_key_can_be_given_at_all() -> None:
    assert not re.search(r"api_?key\b|password|secretValue", json.dumps(SCHEMA["properties"]), re.IGNORECASE)
