"""Strict validation of objects: Kubernetes's own schemas, and those of the custom resources at hand."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import kubernetes_validate
import yaml

from helm.render import Object

_KUBERNETES: Final = "1.34"
CRDS: Final = Path(__file__).parents[4] / "shared" / "cluster" / "dist" / "manifests.tar.zst"
"""Custom resources of KServe, Gateway API and Envoy Gateway, if the test bed is beside the repository."""
_OPEN: Final = "x-kubernetes-preserve-unknown-fields"


class NoSchema(Exception):
    """There is no schema for the kind here."""


def validate(each: Object) -> None:
    """Return if the object is valid, every field known.

    Raises:
        NoSchema: there is no schema for it.
        AssertionError: it is invalid.
    """
    try:
        try:
            kubernetes_validate.validate(each, _KUBERNETES, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            _validate_custom(each)
    except (kubernetes_validate.ValidationError, jsonschema.ValidationError) as error:
        where = ".".join(map(str, error.path))
        raise AssertionError(f"{each['kind']} {each['metadata']['name']}: {where}: {error.message}") from None


def _validate_custom(each: Object) -> None:
    validator = _validator(each["apiVersion"], each["kind"])
    if validator is None:
        raise NoSchema(f"{each['apiVersion']} {each['kind']}")
    validator.validate(each)


@cache
def _validator(version: str, kind: str) -> jsonschema.Draft7Validator | None:
    schema = custom_schemas().get((version, kind))
    return jsonschema.Draft7Validator(schema) if schema else None


@cache
def custom_schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """Strict schemas by apiVersion and kind; empty without the test bed or zstd."""
    if not CRDS.exists():
        return {}
    listing = subprocess.run(
        ["tar", "--zstd", "-xOf", str(CRDS), "manifests/crds.yaml"], capture_output=True, check=False
    )
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): _top(
            version["schema"]["openAPIV3Schema"]
        )
        for crd in yaml.load_all(listing.stdout, loader)
        if crd
        for version in crd["spec"]["versions"]
    }


def _top(schema: dict[str, Any]) -> dict[str, Any]:
    strict = _strict(schema)
    for name in ("apiVersion", "kind", "metadata"):
        strict["properties"][name] = {}
    return strict


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's words turned into JSON Schema's, unknown fields refused as the API server prunes them."""
    strict = {key: value for key, value in schema.items() if not key.startswith("x-")}
    for key in ("properties", "items", "additionalProperties", "anyOf", "allOf", "oneOf", "not"):
        if key in schema:
            strict[key] = _inner(key, schema[key])
    if "properties" in schema and not schema.get(_OPEN) and "type" in schema:
        strict.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        strict["type"] = ["integer", "string"]
    if schema.get("nullable") and "type" in strict:
        strict["type"] = [strict["type"], "null"]
    return strict


def _inner(key: str, value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if key == "properties":
        return {name: _strict(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_strict(part) for part in value]
    return _strict(value) if isinstance(value, dict) else value
