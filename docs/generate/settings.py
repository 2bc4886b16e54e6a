"""The page of settings: every `FRAUD_*` of every process, from the classes that read them."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.generate.table import table
from fraud_contract.settings import Settings, variable
from fraud_monitor.settings import MonitorSettings
from fraud_predictor.settings import PredictorSettings
from fraud_standalone.settings import StandaloneSettings
from fraud_transformer.settings import RemoteTransformerSettings

_PROCESSES: Final[Mapping[str, type[Settings]]] = {
    "transformer": RemoteTransformerSettings,
    "predictor": PredictorSettings,
    "standalone": StandaloneSettings,
    "monitor": MonitorSettings,
}
_HEAD: Final = """\
# Settings

Made by `python -m docs.generate` from the classes that read them; a test keeps it current.

A setting is an environment variable of the process that it belongs to. An unknown `FRAUD_*` and an impossible
value stop the process before its port opens, with a line that names the variable and what is allowed.
`transformer` and `predictor` are the two processes of a release, `standalone` is both in one (`fraudctl
serve`, the all-in-one image), `monitor` watches releases beside `fraudctl serve` and in a cluster. Where a
default differs between processes each is given.
"""
_KEYWORDS: Final = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def page() -> str:
    """The page, in Markdown."""
    return f"{_HEAD}\n{table(('setting', 'process', 'type and range', 'default', 'meaning'), _rows())}\n"


def _rows() -> Iterator[tuple[str, ...]]:
    names = {name for settings in _PROCESSES.values() for name in settings.model_fields}
    for name in sorted(names):
        owners = {process: each for process, each in _PROCESSES.items() if name in each.model_fields}
        meanings = _joined({process: _meaning(each, name) for process, each in owners.items()})
        yield (
            f"`{variable(name)}`",
            ", ".join(owners),
            _joined({process: _kind(each, name) for process, each in owners.items()}),
            _joined({process: _default(each, name) for process, each in owners.items()}),
            meanings,
        )


def _joined(texts: Mapping[str, str]) -> str:
    """One text where all processes agree, else each process's own."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    texts = {process: text.rstrip(".") for process, text in texts.items()}
    return "; ".join(f"{process}: {text}" for process, text in texts.items())


def _kind(settings: type[Settings], name: str) -> str:
    schema = settings.model_json_schema()
    return _described(schema["properties"][name], schema.get("$defs", {}))


def _described(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _described(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        kinds = [_described(each, definitions) for each in options if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("format") or schema.get("type", "text")
    bounds = [f"{sign} {schema[key]:,}" for key, sign in _KEYWORDS.items() if key in schema]
    pattern = [f"like `{schema['pattern']}`"] if "pattern" in schema else []
    return " ".join([str(kind).replace("object", "JSON object"), ", ".join(bounds + pattern)]).strip()


def _default(settings: type[Settings], name: str) -> str:
    field = settings.model_fields[name]
    if field.is_required():
        return "required"
    return "none" if field.default is None else f"`{field.default}`"


def _meaning(settings: type[Settings], name: str) -> str:
    """The text under the field, in the class that declares it last."""
    for owner in inspect.getmro(settings):
        if text := _documented(owner).get(name):
            return text
    return ""


def _documented(owner: type) -> dict[str, str]:
    if not issubclass(owner, Settings) or owner is Settings:
        return {}
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class is one class
    found = {}
    for statement, following in zip(definition.body, [*definition.body[1:], None], strict=True):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
            case _:
                pass
    return found
