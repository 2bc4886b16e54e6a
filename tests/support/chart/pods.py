"""The pods that come of the chart's objects: its own, and those that KServe makes of an InferenceService."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Final

from helm.render import Object

_NOT_OF_THE_POD: Final = (
    "minReplicas",
    "maxReplicas",
    "scaleMetric",
    "scaleTarget",
    "deploymentStrategy",
    "storageUris",
)
"""What KServe reads of a component itself."""


def pods(objects: Iterable[Object]) -> list[Object]:
    """Every pod, with the labels it would have."""
    objects = list(objects)
    containers = [each for each in objects if each["kind"] == "ClusterStorageContainer"]
    initializer = containers[0]["spec"]["container"] if containers else None
    return [pod for each in objects for pod in _pods_of(each, initializer)]


def _pods_of(each: Object, initializer: Object | None) -> Iterator[Object]:
    metadata, spec = each["metadata"], each.get("spec", {})
    if each["kind"] == "Pod":
        yield each
    elif each["kind"] == "Deployment":
        yield _pod(
            metadata, metadata["name"], spec["template"]["metadata"]["labels"], spec["template"]["spec"]
        )
    elif each["kind"] == "InferenceService":
        for component in ("predictor", "transformer"):
            yield _component(metadata, component, deepcopy(spec[component]), initializer)


def _component(metadata: Object, component: str, spec: Object, initializer: Object | None) -> Object:
    """As KServe 0.20 makes it in Standard mode, seen on a cluster."""
    name = f"{metadata['name']}-{component}"
    downloads = "storageUris" in spec or any(e["name"] == "STORAGE_URI" for e in spec["containers"][0]["env"])
    for field in _NOT_OF_THE_POD:
        spec.pop(field, None)
    mount = {"name": "kserve-provision-location", "mountPath": "/mnt/models"}
    if downloads and initializer:
        init = deepcopy(initializer)
        init["volumeMounts"] = [*init.get("volumeMounts", []), mount]
        spec["initContainers"] = [init]
        spec["volumes"].append({"name": mount["name"], "emptyDir": {}})
        spec["containers"][0]["volumeMounts"].append(mount | {"readOnly": True})
    labels = {
        "app": f"isvc.{name}",
        "component": component,
        "serving.kserve.io/inferenceservice": metadata["name"],
    }
    own = spec.pop("labels", {})
    annotations = spec.pop("annotations", {})
    return _pod(metadata | {"annotations": annotations}, name, metadata["labels"] | own | labels, spec)


def _pod(metadata: Object, name: str, labels: dict[str, str], spec: Object) -> Object:
    about = {"name": name, "namespace": metadata["namespace"], "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec}
