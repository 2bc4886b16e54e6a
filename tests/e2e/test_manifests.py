"""The same by `kubectl apply` of what is in manifests/: one release, then a canary beside it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from support.artifacts import offline
from support.clients.traffic import traffic
from support.cluster.installation import GATEWAY, KEY, Published, answers_from
from support.cluster.kubectl import Namespace, binary, eventually, run

MANIFESTS: Final = Path(__file__).parents[2] / "manifests"
PAYMENTS: Final = offline.ROWS[::7]


def apply(path: str) -> None:
    run(binary("kubectl"), "apply", "-f", str(MANIFESTS / path))


def apply_small(path: str, folder: Path) -> None:
    """Apply a release, asking for less of a processor: two releases on a node with two cores."""
    requests = [f"/spec/{kind}/containers/0/resources/requests/cpu" for kind in ("predictor", "transformer")]
    patch = [{"op": "replace", "path": each, "value": "20m"} for each in requests]
    (folder / "kustomization.yaml").write_text(
        json.dumps(
            {
                "resources": [os.path.relpath(MANIFESTS / path, folder)],
                "patches": [{"target": {"kind": "InferenceService"}, "patch": json.dumps(patch)}],
            }
        )
    )
    kubectl = binary("kubectl")
    run(
        kubectl,
        "apply",
        "-f",
        "-",
        stdin=run(kubectl, "kustomize", "--load-restrictor=LoadRestrictionsNone", str(folder)),
    )


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    """The one that the manifests name, with a registry in the cluster."""
    made = Namespace("fraud")
    made.delete()
    apply("stable/00-namespace.yaml")
    made.secret("wandb", WANDB_API_KEY=KEY)
    apply("wandb-local/")
    made.rolled_out("fraud-wandb-local")
    yield made
    for path in ("canary/", "stable/"):
        run(binary("kubectl"), "delete", "-f", str(MANIFESTS / path), "--ignore-not-found", "--timeout=120s")
    made.delete()


@pytest.fixture(scope="module")
def published(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Published]:
    """The releases that the manifests name, in the registry."""
    folder = tmp_path_factory.mktemp("releases")
    with namespace.forwarded("service/fraud-wandb-local", 80) as address:
        return {
            name: Published.to(address, folder / name, mean, "my-team")
            for name, mean in {"r1": 70.1, "r2": 200.5}.items()
        }


def test_one_release_then_a_canary_by_kubectl_apply_and_no_request_is_lost(
    namespace: Namespace, published: dict[str, Published], tmp_path: Path
) -> None:
    apply_small("stable/20-release-r1.yaml", tmp_path)
    apply("stable/30-route.yaml")
    eventually(lambda: answers_from("fraud-r1"), 180)
    rows = httpx.post(f"{GATEWAY}/predict/batch", json={"transactions": offline.ROWS}, timeout=30).json()
    scores = [each["fraud_probability"] for each in published["r1"].answers()]
    assert scores == [each["fraud_probability"] for each in rows["predictions"]]
    with traffic(GATEWAY, PAYMENTS) as seen:
        apply_small("canary/20-release-r2.yaml", tmp_path)
        namespace.rolled_out("fraud-r2-predictor", "fraud-r2-transformer")
        assert {"fraud-r1"} == set(seen.releases())
        apply("canary/30-route.yaml")
        eventually(lambda: seen.releases()["fraud-r2"] > 20, 120)
    assert [] == seen.failed
