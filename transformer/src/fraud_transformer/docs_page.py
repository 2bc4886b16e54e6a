"""`GET /docs`: the OpenAPI document as one page, without scripts or anything from elsewhere."""

import json
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem; }
pre { background: #f4f4f4; overflow-x: auto; padding: .75rem; }
h2 { border-top: 1px solid #ccc; font-size: 1.1rem; margin-top: 2rem; padding-top: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
"""

_MARKS: Final = {"query": "?", "header": "", "path": ""}


def page(document: dict[str, Any]) -> str:
    """HTML of an OpenAPI document: each route with its example and its answers."""
    sections = [
        _section(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])} The same for programs: "
        '<a href="openapi.json">openapi.json</a>.</p>' + "".join(sections)
    )


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"]
    if "description" in operation:
        parts.append(f"<p>{escape(operation['description'])}</p>")
    parts += (
        f"<p><code>{_MARKS[parameter['in']]}{escape(parameter['name'])}</code>: "
        f"{escape(parameter['description'])}</p>"
        for parameter in operation.get("parameters", ())
    )
    content = operation.get("requestBody", {}).get("content", {})
    parts += (
        f"<pre>{escape(_curl(path, kind, example))}</pre>"
        for kind, media in content.items()
        for example in _examples(media)
    )
    answers = (
        f"<li>{escape(status)}: {escape(answer['description'])}</li>"
        for status, answer in sorted(operation["responses"].items())
    )
    return "".join((*parts, "<ul>", *answers, "</ul>"))


def _examples(media: dict[str, Any]) -> list[Any]:
    named = [each["value"] for each in media.get("examples", {}).values()]
    return [media["example"]] if "example" in media else named


def _curl(path: str, kind: str, example: object) -> str:
    call = f"curl -H 'content-type: {kind}' \\\n  "
    if isinstance(example, str):  # lines, sent as they come
        return f"echo '{example.strip()}' | {call}-X POST -T - $BASE_URL{path}"
    return f"{call}-d '{json.dumps(example)}' \\\n  $BASE_URL{path}"
