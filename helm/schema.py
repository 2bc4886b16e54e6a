"""`python -m helm.schema`: the parts of values.schema.json that follow from others.

Settings come from the classes that read them; what a release may say comes from `releaseDefaults`.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from fraud_contract.settings import Settings, variable
from fraud_monitor.settings import MonitorSettings
from fraud_predictor.settings import PredictorSettings
from fraud_transformer.settings import RemoteTransformerSettings
from helm.render import CHART

SCHEMA: Final = CHART / "values.schema.json"
CHARTS_OWN: Final = frozenset(
    {
        *("model_dir", "host", "http_port", "grpc_port", "grace", "linger", "trusted_keys"),
        *("preprocessor_dir", "release", "admin_port", "admin_token", "predictor"),
        *("tls_cert", "tls_key"),
        *("monitor", "monitor_folder", "monitor_host", "monitor_installation", "monitor_port"),
        *("monitor_project", "monitor_targets"),
    }
)
"""Settings that the chart gives itself, or that are of no use behind its gateway."""
_PROCESSES: Final[Mapping[str, type[Settings]]] = {
    "predictor": PredictorSettings,
    "transformer": RemoteTransformerSettings,
}
_OPTIONAL: Final = frozenset(
    {
        *("affinity", "extraEnv", "extraVolumeMounts", "extraVolumes", "nodeSelector", "podAnnotations"),
        *("podLabels", "priorityClassName", "resources", "settings", "spread", "tolerations"),
    }
)
"""What a release may set to null, to have none where `releaseDefaults` has some."""
_INTEGER: Final = "^[1-9][0-9]{0,11}$"
_NUMBER: Final = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
_SHARE: Final = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"

type Json = dict[str, Any]


def schema(text: str) -> str:
    """The text of values.schema.json with its derived parts made anew from the rest of it."""
    whole: Json = json.loads(text)
    defaults, release = whole["properties"]["releaseDefaults"], whole["definitions"]["release"]
    for process, settings in _PROCESSES.items():
        pod = defaults["properties"][process]
        pod["properties"]["settings"] = _settings(settings)
        release["properties"][process] = _of_a_release(pod, whole["definitions"])
    whole["properties"]["monitor"]["properties"]["settings"] = _settings(MonitorSettings)
    return json.dumps(whole, indent=2) + "\n"


def _settings(settings: type[Settings]) -> Json:
    known = settings.model_json_schema()
    names = sorted(settings.model_fields.keys() - CHARTS_OWN)
    properties = {variable(name): _as_text(known["properties"][name], known) for name in names}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _as_text(field: Json, known: Json) -> Json:
    """What the text in an environment variable may be, for a field of this schema.

    Raises:
        ValueError: a kind of setting that is not known here.
    """
    kinds = list(_kinds(field, known))
    if any("enum" in each for each in kinds):
        return {"type": "string", "enum": [value for each in kinds for value in each.get("enum", [])]}
    types = {each.get("type") for each in kinds}
    if types == {"boolean"}:
        return {"type": "string", "enum": ["true", "false"]}
    if types == {"integer"}:
        return {"type": "string", "pattern": _INTEGER}
    if types == {"number"}:
        return {"type": "string", "pattern": _SHARE if kinds[0].get("maximum") == 1 else _NUMBER}
    if types == {"object"}:
        return {"type": "string", "pattern": r"^\{.*\}$", "maxLength": 4096}
    raise ValueError(
        f"The schema of the chart knows no setting like {field}. Say in helm/schema.py how it is written."
    )


def _kinds(field: Json, known: Json) -> Iterator[Json]:
    if "$ref" in field:
        yield from _kinds(known["$defs"][field["$ref"].rpartition("/")[2]], known)
    elif options := field.get("anyOf") or field.get("oneOf"):
        for each in options:
            yield from _kinds(each, known)
    elif field.get("type") != "null":
        yield field


def _of_a_release(pod: Json, definitions: Json) -> Json:
    """What a release says of a pod: as `releaseDefaults`, all of it optional."""
    own = {name: deepcopy(part) for name, part in pod["properties"].items()}
    own["image"] = {"$ref": "#/definitions/image"}
    own["drain"] = {"$ref": "#/definitions/drain"}
    own["resources"] = deepcopy(definitions["resources"])
    for each in (own["settings"], *own["resources"]["properties"].values()):
        each["properties"] = {name: _or_null(part) for name, part in each["properties"].items()}
    for name, part in own["resources"]["properties"].items():
        own["resources"]["properties"][name] = _or_null(part)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _or_null(part) if name in _OPTIONAL else part for name, part in own.items()},
    }


def _or_null(part: Json) -> Json:
    return {"anyOf": [part, {"type": "null"}]}


if __name__ == "__main__":
    SCHEMA.write_text(schema(SCHEMA.read_text()))
