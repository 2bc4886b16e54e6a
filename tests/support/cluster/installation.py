"""The chart as its users install it, with a registry of its own."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_registry.access.account import Account
from fraud_registry.publishing.publish import publish
from fraud_registry.records.metadata import with_digest
from support.artifacts import offline
from support.artifacts.releases import Folders
from support.artifacts.training_output import write_training_output
from support.cluster.kubectl import Chart, Namespace

KEY: Final = "k" * 40
ENTITY: Final = "local"
PROJECT: Final = "fraud-detector"
GATEWAY: Final = os.environ.get("FRAUD_E2E_GATEWAY", "http://127.0.0.1:30080")
"""Where the cluster's gateway is reached from here."""
SMALL: Final = {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}
"""Several releases on one small node."""


@dataclass(frozen=True)
class Published:
    """A release in the registry, and what it must answer."""

    folders: Folders
    model: str
    """Pinned address."""
    preprocessor: str

    @property
    def artifacts(self) -> dict[str, str]:
        """As the chart's values take them."""
        return {"model": self.model, "preprocessor": self.preprocessor}

    def answers(self) -> list[dict[str, Any]]:
        """To each of `offline.ROWS`."""
        return offline.answers(self.folders)

    @classmethod
    def to(cls, address: str, folder: Path, mean: float, entity: str = ENTITY) -> "Published":
        """Publish a release that depends on `mean` to the registry there."""
        write_training_output(folder, mean)
        account = Account(base_url=address, api_key=SecretStr(KEY), entity=entity, project=PROJECT)
        pins = publish(account, folder)
        folders = Folders(folder / PREPROCESSOR, folder / PRODUCTION_MODEL)
        return cls(folders, str(with_digest(pins.model)), str(with_digest(pins.preprocessor)))


@dataclass
class Installation:
    """The chart in a namespace, with a registry that holds two releases."""

    chart: Chart
    releases: Mapping[str, Published]
    installed_at: float
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def namespace(self) -> Namespace:
        """Where it is."""
        return self.chart.namespace

    def upgrade(self, **changes: Any) -> None:  # noqa: ANN401 - Helm's values
        """Upgrade to the values so far with `changes`; values that are refused do not stay."""
        values = {**self.values, **changes}
        self.chart.upgrade(values)
        self.values = values

    def add(self, name: str, artifacts: Mapping[str, str]) -> None:
        """Add a release without weight."""
        self.upgrade(releases={**self.values["releases"], name: dict(artifacts)})

    def remove(self, name: str) -> None:
        """Remove a release without weight."""
        self.upgrade(releases={key: each for key, each in self.values["releases"].items() if key != name})

    def isvc(self, name: str) -> str:
        """Name of a release's InferenceService."""
        return f"{self.chart.name}-{name}"

    def wait_for(self, name: str) -> None:
        """Return once both of a release's Deployments are available."""
        isvc = self.isvc(name)
        self.namespace.rolled_out(f"{isvc}-predictor", f"{isvc}-transformer")


def answers_from(release: str) -> bool:
    """Whether the gateway's next answer is that release's."""
    try:
        answer = httpx.post(f"{GATEWAY}/predict/", json=offline.ROWS[0], timeout=5)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK and answer.json()["release"] == release


def _proxy_image() -> str:
    """The image of the gateway's Envoy: the one that the cluster surely has."""
    [pod, *_] = Namespace("envoy-gateway-system").objects("pod", "app.kubernetes.io/component=proxy")
    return next(str(each["image"]) for each in pod["spec"]["containers"] if each["name"] == "envoy")


def base_values() -> dict[str, Any]:
    """An installation with a registry of its own and a monitor, and no release."""
    return {
        "monitor": {
            "enabled": True,
            "settings": {"FRAUD_MONITOR_INTERVAL": "30", "FRAUD_MONITOR_SCRAPE": "2"},
        },
        "wandbLocal": {"enabled": True, "entity": ENTITY},
        "internal": {"enabled": True, "gateway": {"proxyImage": _proxy_image()}},
        "releaseDefaults": {
            "transformer": {"resources": SMALL},
            "predictor": {"resources": SMALL, "replicas": 1},
        },
        "releases": {},
    }
