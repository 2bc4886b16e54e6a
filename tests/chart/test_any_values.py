"""Whatever the schema allows renders to valid, restricted, secret-free objects, with both Helms alike."""

import json
from typing import Any, Final

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from helm.render import CHART, Object, render
from support.chart.pod_security import violations
from support.chart.pods import pods
from support.chart.schemas import CRDS, NoSchema, custom_schemas, validate
from support.chart.values import TWO, Values, coherent_values

SEEDED: Final = "seeded0secret0of0forty0characters0000000"
FULL: Final[Values] = yaml.safe_load((CHART / "ci" / "two-releases-values.yaml").read_text())
HOSTED: Final[Values] = yaml.safe_load((CHART / "ci" / "hosted-values.yaml").read_text())
_FEW: Final = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    # What fails is long anyway, and each try of a shorter one starts Helm.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
_WITHOUT_A_SCHEMA: Final = frozenset({"PodMonitor", "PrometheusRule"})
"""Those of the Prometheus operator, which is neither here nor beside the repository."""


def invalid(objects: list[Object]) -> list[str]:
    """What is wrong with them."""
    found = []
    for each in objects:
        try:
            validate(each)
        except AssertionError as error:
            found.append(str(error))
        except NoSchema as missing:
            known = each["kind"] in _WITHOUT_A_SCHEMA or not custom_schemas()
            found += [] if known else [f"no schema: {missing}"]
    return found


@_FEW
@example(values=FULL)
@example(values=HOSTED)
@example(values=TWO)
@example(values={})
@given(values=coherent_values())
def test_everything_rendered_is_valid_restricted_and_secret_free(values: Values) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WANDB_API_KEY", SEEDED)
        objects = render(values)
    made = pods(objects)
    assert [] == invalid([*objects, *made])
    assert [] == [found for pod in made for found in violations(pod)]
    assert "Secret" not in {each["kind"] for each in objects}
    assert SEEDED not in json.dumps(objects)


@settings(_FEW, max_examples=10)
@example(values=FULL)
@example(values=HOSTED)
@given(values=coherent_values())
def test_helm_3_renders_what_helm_4_renders(values: Values) -> None:
    assert render(values, helm="helm") == render(values, helm="helm3")


def test_schemas_of_custom_resources_are_at_hand() -> None:
    if not custom_schemas():
        pytest.skip(f"no {CRDS.name}, or no zstd: custom resources are rendered, but not validated here")
    for kind in ("InferenceService", "HTTPRoute", "ClusterStorageContainer", "SecurityPolicy"):
        assert any(known == kind for _, known in custom_schemas())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("InferenceService", lambda spec: spec["predictor"].update(minReplica=1)),
        ("HTTPRoute", lambda spec: spec["rules"][0].update(backendRef=[])),
        ("PodDisruptionBudget", lambda spec: spec.update(minAvailible=1)),
        ("NetworkPolicy", lambda spec: spec.update(policyType=["Ingress"])),
    ],
)
def test_a_misspelt_field_is_found(kind: str, change: Any) -> None:  # noqa: ANN401 - a change of any object
    each = next(each for each in render(TWO) if each["kind"] == kind)
    change(each["spec"])
    try:
        with pytest.raises(AssertionError, match=kind):
            validate(each)
    except NoSchema:
        pytest.skip(f"no schema of {kind} here")


_TEXT: Final = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60)


@settings(_FEW, max_examples=10)
@example(text='"}\n- {name: EVIL, value: "1')
@example(text='{{ .Release.Name }} {{ fail "x" }}')
@example(text="'\"\\ # : - | > & * ! % @ `")
@given(text=_TEXT)
def test_text_stays_text(text: str) -> None:
    """No quote, brace or line end in a value becomes YAML or a template."""
    values: Values = {
        "releases": {
            "r1": TWO["releases"]["r1"] | {"predictor": {"extraEnv": [{"name": "A", "value": text}]}}
        },
        "stable": "r1",
        "jwt": {
            "enabled": True,
            "issuer": f"x{text}",
            "audiences": [f"y{text}"],
            "jwksUri": "https://x.example",
        },
    }
    objects = {(each["kind"], each["metadata"]["name"]): each for each in render(values)}
    env = objects["InferenceService", "fraud-r1"]["spec"]["predictor"]["containers"][0]["env"]
    provider = objects["SecurityPolicy", "fraud"]["spec"]["jwt"]["providers"][0]
    assert [{"name": "A", "value": text}] == [each for each in env if each["name"] == "A"]
    assert (f"x{text}", [f"y{text}"]) == (provider["issuer"], provider["audiences"])
    assert len(render(TWO)) - 2 * 4 <= len(objects)
