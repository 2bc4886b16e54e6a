"""`python -m helm.manifests`: manifests/ for `kubectl apply`, made of the chart."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from helm.render import Object, render

FOLDER: Final = Path(__file__).parents[1] / "manifests"
_STABLE: Final = Path(__file__).parent / "manifests-values.yaml"
_CANARY: Final = Path(__file__).parent / "manifests-canary-values.yaml"
_HEAD: Final = "# Made by `make manifests` of helm/fraud-detector; change that.\n"
_HELMS_OWN: Final = ("helm.sh/chart", "app.kubernetes.io/managed-by")
_NAMESPACE: Final = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "fraud",
        "labels": {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "latest",
        },
    },
}
_BASICS: Final = "00-namespace.yaml"
_REGISTRY: Final = "10-registry.yaml"
_ROUTE: Final = "30-route.yaml"


def manifests() -> dict[str, str]:
    """The text of each generated file, by its path below manifests/."""
    stable = _by_file(_objects(_STABLE))
    stable[_BASICS].insert(0, _NAMESPACE)
    canary = _by_file(_objects(_STABLE, _CANARY))
    local = _by_file(_objects(_STABLE, {"wandbLocal": {"enabled": True}}))
    files = {
        **{f"stable/{name}": objects for name, objects in stable.items()},
        "canary/20-release-r2.yaml": canary["20-release-r2.yaml"],
        f"canary/{_ROUTE}": canary[_ROUTE],
        f"wandb-local/{_REGISTRY}": local[_REGISTRY],
    }
    return {path: _text(objects) for path, objects in files.items()}


def _objects(*values: Path | Mapping[str, Any]) -> Iterator[Object]:
    for each in render(*values):
        metadata = each["metadata"]
        if "helm.sh/hook" in metadata.get("annotations", {}) or metadata["name"] == "fraud-test":
            continue
        for label in _HELMS_OWN:
            metadata["labels"].pop(label, None)
        metadata.get("annotations", {}).pop("helm.sh/resource-policy", None)
        yield each


def _by_file(objects: Iterable[Object]) -> dict[str, list[Object]]:
    files: dict[str, list[Object]] = {}
    for each in objects:
        files.setdefault(_file_of(each), []).append(each)
    return dict(sorted(files.items()))


def _file_of(each: Object) -> str:
    name = each["metadata"]["name"]
    if name.startswith("fraud-wandb-local") or name in {"wandb", "fraud-outward"}:
        return _REGISTRY
    if each["kind"] == "ServiceAccount":
        return _BASICS
    if each["kind"] == "HTTPRoute":
        return _ROUTE
    return f"20-release-{name.split('-')[1]}.yaml"


def _text(objects: Iterable[Object]) -> str:
    return _HEAD + "---\n".join(yaml.safe_dump(each, sort_keys=False, width=120) for each in objects)


def write() -> None:
    """Write the generated files; those of releases that are no more go."""
    texts = manifests()
    for path in FOLDER.glob("**/[0-9][0-9]-*.yaml"):
        if str(path.relative_to(FOLDER)) not in texts:
            path.unlink()
    for name, text in texts.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write()
