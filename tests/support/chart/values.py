"""Values for the chart, drawn from its schema."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from helm.render import CHART

Values = dict[str, Any]

SCHEMA: Final[Values] = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS: Final[Values] = yaml.safe_load((CHART / "values.yaml").read_text())
_TEXT: Final = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_OPEN: Final = frozenset({"global", "affinity", "extraObjects", "extraVolumes"})
"""What the schema leaves to Kubernetes; it has examples of its own."""

RELEASE: Final = {
    "model": "wandb://team/project/production_model:v3",
    "preprocessor": "wandb://team/project/preprocessor:v3",
}
TWO: Final[Values] = {
    "releases": {"r1": RELEASE, "r2": RELEASE | {"model": "wandb://team/project/production_model:v4"}},
    "stable": "r1",
}


def drawn(schema: Values) -> st.SearchStrategy[Any]:
    """Anything that a part of the schema allows."""
    if "$ref" in schema:
        return _defined(schema["$ref"].rpartition("/")[2])
    for word, make in _BY_WORD.items():
        if word in schema:
            return make(schema)
    kinds: dict[str, Callable[[Values], st.SearchStrategy[Any]]] = {
        "object": _objects,
        "array": _arrays,
        "string": _strings,
        "integer": lambda part: st.integers(part["minimum"], part["maximum"]),
        "number": lambda part: st.floats(0.001, part.get("maximum", 64)).map(lambda value: round(value, 3)),
        "boolean": lambda _: st.booleans(),
        "null": lambda _: st.none(),
    }
    return kinds[schema["type"]](schema)


_BY_WORD: Final[dict[str, Callable[[Values], st.SearchStrategy[Any]]]] = {
    "const": lambda schema: st.just(schema["const"]),
    "enum": lambda schema: st.sampled_from(schema["enum"]),
    "anyOf": lambda schema: st.one_of([drawn(each) for each in schema["anyOf"]]),
    # Everything named in `required` is drawn in any case.
    "allOf": lambda schema: drawn(schema["allOf"][0]),
}


@cache
def _defined(name: str) -> st.SearchStrategy[Any]:
    return drawn(SCHEMA["definitions"][name])


def _objects(schema: Values) -> st.SearchStrategy[Values]:
    if "properties" not in schema:
        names = drawn({"type": "string"} | schema["propertyNames"])
        return st.dictionaries(names, drawn(schema["additionalProperties"]), max_size=3)
    parts = {name: drawn(part) for name, part in schema["properties"].items() if name not in _OPEN}
    if schema.get("maxProperties") == 1 or "oneOf" in schema:
        return _alternatives(schema, parts)
    required = schema.get("required", [])
    return st.fixed_dictionaries(
        {name: part for name, part in parts.items() if name in required},
        optional={name: part for name, part in parts.items() if name not in required},
    ).filter(lambda drawn: len(drawn) >= schema.get("minProperties", 0))


def _alternatives(schema: Values, parts: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Values]:
    required = schema.get("required", [])
    always = {name: parts[name] for name in required}
    return st.sampled_from([name for name in parts if name not in required]).flatmap(
        lambda name: st.fixed_dictionaries(always | {name: parts[name]})
    )


def _arrays(schema: Values) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        drawn(schema["items"]),
        min_size=schema.get("minItems", 0),
        max_size=min(schema.get("maxItems", 2), 2),
        unique_by=json.dumps if schema.get("uniqueItems") else None,
    )


def _strings(schema: Values) -> st.SearchStrategy[str]:
    if "pattern" not in schema:
        return st.text(_TEXT, min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 60))
    made = st.from_regex(schema["pattern"], fullmatch=True, alphabet=_TEXT)
    forbidden = schema.get("not", {}).get("const")
    longest = schema.get("maxLength", 250)
    return made.filter(lambda value: value != forbidden and len(value) <= longest)


def coherent(values: Values) -> Values:
    """The same values where what the schema cannot say holds as well."""
    values = deepcopy(values)
    values["fullnameOverride"] = values["fullnameOverride"][:8].rstrip("-")
    names = list(values["releases"])
    values["stable"] = names[0] if names else ""
    if len(names) < 2 or not values["canary"]["weight"]:
        values["canary"] = {"name": "", "weight": 0}
    else:
        values["canary"]["name"] = names[1]
    values["image"]["requireDigest"] = values["registry"]["requireDigest"] = False
    if values["registry"]["ca"]["configMap"]:
        values["registry"]["ca"]["secret"] = ""
    values["storageContainer"]["extraEnv"] = _numbered(values["storageContainer"]["extraEnv"])
    for each in (values["releaseDefaults"], *values["releases"].values()):
        for kind in ("predictor", "transformer"):
            _settle(each.setdefault(kind, {}), kind)
    if not values["gateway"]["create"]:
        values["gateway"]["tls"]["existingSecret"] = ""
    internal = values["internal"]["gateway"]
    internal["create"] = internal["create"] or not (internal["name"] and internal["namespace"])
    jwt = values["jwt"]
    jwt["enabled"] = bool(jwt["enabled"] and jwt["issuer"] and bool(jwt["jwks"]) != bool(jwt["jwksUri"]))
    return values


def _settle(pod: Values, kind: str) -> None:
    defaults = DEFAULTS["releaseDefaults"][kind]
    drain = defaults["drain"] | pod.get("drain", {})
    pod["drain"] = drain | {"termination": drain["preStop"] + drain["grace"] + 5}
    pod["maxReplicas"] = 1000
    pod["extraEnv"] = _numbered(pod.get("extraEnv") or [])
    # Who takes the limits of a pod back wants none; all others have them.
    if "resources" in pod:
        pod["resources"] = _without_nulls(pod["resources"] or {})


def _without_nulls(part: Values) -> Values:
    kept = {name: value for name, value in part.items() if value is not None}
    return {name: _without_nulls(value) if isinstance(value, dict) else value for name, value in kept.items()}


def _numbered(variables: list[Values]) -> list[Values]:
    return [each | {"name": f"EXTRA_{number}"} for number, each in enumerate(variables)]


def coherent_values() -> st.SearchStrategy[Values]:
    """Values that the chart takes."""
    return drawn(SCHEMA).map(coherent)
