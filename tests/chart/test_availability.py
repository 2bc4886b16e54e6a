"""By default no single pod's end leaves a release without a predictor, on one node or on many."""

from helm.render import Object, render
from support.chart.values import TWO


def of_kind(kind: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in render(TWO) if each["kind"] == kind}


def test_every_release_has_two_predictors_of_which_one_may_be_away() -> None:
    services, budgets = of_kind("InferenceService"), of_kind("PodDisruptionBudget")
    assert {2} == {each["spec"]["predictor"]["minReplicas"] for each in services.values()}
    assert {f"{name}-predictor" for name in services} < budgets.keys()
    assert {1} == {budgets[f"{name}-predictor"]["spec"]["maxUnavailable"] for name in services}


def test_they_are_spread_over_nodes_and_share_one_where_there_is_no_other() -> None:
    for service in of_kind("InferenceService").values():
        spread = service["spec"]["predictor"]["topologySpreadConstraints"]
        assert {"kubernetes.io/hostname", "topology.kubernetes.io/zone"} == {
            each["topologyKey"] for each in spread
        }
        assert {"ScheduleAnyway"} == {each["whenUnsatisfiable"] for each in spread}
        assert "affinity" not in service["spec"]["predictor"]
