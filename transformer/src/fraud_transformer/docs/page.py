"""`GET /docs`: the OpenAPI document as one page, without scripts or anything from elsewhere."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Final

from fraud_transformer.docs.openapi import inlined

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem; }
pre { background: #f4f4f4; overflow-x: auto; padding: .75rem; }
h2 { border-top: 1px solid #ccc; font-size: 1.1rem; margin-top: 2rem; padding-top: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
"""

_MARKS: Final = {"query": "?", "header": "", "path": ""}
_RAW: Final = "application/octet-stream"


def page(document: dict[str, Any]) -> str:
    """HTML of an OpenAPI document: each route with its examples and answers, then the errors they share."""
    shown = inlined(document, document, but=("schemas", "responses"))
    sections = [
        _section(path, method, operation)
        for path, methods in shown["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    errors = [_error(name, answer) for name, answer in shown["components"]["responses"].items()]
    info = shown["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])} The same for programs: "
        '<a href="openapi.json">openapi.json</a>.</p>' + "".join(sections + errors)
    )


def _section(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"]
    if "description" in operation:
        parts.append(f"<p>{escape(operation['description'])}</p>")
    parts += (
        f"<p><code>{_MARKS[parameter['in']]}{escape(parameter['name'])}</code>: "
        f"{escape(parameter['description'])}</p>"
        for parameter in operation.get("parameters", ())
    )
    body = operation.get("requestBody", {"content": {}})
    parts += [f"<p>{escape(body['description'])}</p>"] if "description" in body else []
    parts += (
        f"<p>{_title(name)}</p><pre>{escape(_curl(path, kind, example))}</pre>"
        for kind, media in body["content"].items()
        for name, example in _examples(media).items()
    )
    answers = (_answer(status, response) for status, response in sorted(operation["responses"].items()))
    return "".join((*parts, "<ul>", *answers, "</ul>"))


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    """Its examples; or a link, where routes share it."""
    if "$ref" in answer:
        name = escape(answer["$ref"].rpartition("/")[2])
        return f'<li><a href="#{name}">{escape(status)} {name}</a></li>'
    return f"<li>{escape(status)}: {escape(answer['description'])}{_shown(answer)}</li>"


def _error(name: str, answer: Mapping[str, Any]) -> str:
    title = f'<h2 id="{escape(name)}">{escape(name)}</h2>'
    return f"{title}<p>{escape(answer['description'])}</p>{_shown(answer)}"


def _shown(answer: Mapping[str, Any]) -> str:
    return "".join(
        f"<details open><summary>{_title(name)}, {escape(kind)}</summary>"
        f"<pre>{escape(_text(example))}</pre></details>"
        for kind, media in answer["content"].items()
        for name, example in _examples(media).items()
    )


def _title(name: str) -> str:
    return escape(name.replace("_", " ").capitalize())


def _examples(media: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each["value"] for name, each in media.get("examples", {}).items()}


def _text(example: object) -> str:
    return _printable(example) if isinstance(example, str) else json.dumps(example, indent=2)


def _printable(text: str) -> str:
    r"""`text` with its control characters as `printf` takes them: `\000`."""
    return "".join(
        each if each == "\n" or each.isprintable() else f"\\{ord(each):03o}" for each in text.strip("\n")
    )


def _curl(path: str, kind: str, example: object) -> str:
    call = f"curl -H 'content-type: {kind}' \\\n  "
    if not isinstance(example, str):
        return f"{call}-d '{json.dumps(example)}' \\\n  $BASE_URL{path}"
    if kind != _RAW:  # lines, sent as they come
        return f"echo '{example.strip()}' | {call}-X POST -T - $BASE_URL{path}"
    _, length = json.JSONDecoder().raw_decode(example)
    header = f"-H 'inference-header-content-length: {length}'"
    return f"printf '{_printable(example)}' | {call}{header} \\\n  --data-binary @- $BASE_URL{path}"
