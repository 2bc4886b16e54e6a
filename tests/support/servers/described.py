"""The examples of the OpenAPI document, each beside what it is an example of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from fraud_transformer.docs.openapi import describe, inlined

DOCUMENT = describe()
PATHS: dict[str, dict[str, Any]] = inlined(DOCUMENT["paths"], DOCUMENT)
METHODS = ("get", "post")


@dataclass(frozen=True)
class Call:
    """A request that the document shows, and the answer that it shows for it."""

    method: str
    path: str
    name: str
    kind: str = ""
    body: Any = None
    query: str = ""

    @property
    def operation(self) -> dict[str, Any]:
        operation: dict[str, Any] = PATHS[self.path][self.method]
        return operation

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return _bytes(self.body)

    @property
    def headers(self) -> dict[str, str]:
        """Of the body."""
        if self.kind != "application/octet-stream":
            return {"content-type": self.kind}
        _, length = json.JSONDecoder().raw_decode(self.body)
        return {"content-type": self.kind, "inference-header-content-length": str(length)}

    def media(self, kind: str) -> Mapping[str, Any]:
        """Schema and examples of the answers of that content type that are a success."""
        media: Mapping[str, Any] = self.operation["responses"]["200"]["content"][kind]
        return media

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name}"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of everything that the document describes."""
    for path, item in PATHS.items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def calls() -> Iterator[Call]:
    """Every request that the document shows."""
    for path, method, operation in operations():
        content = operation.get("requestBody", {"content": {}})["content"]
        shown = [
            Call(method, path, name, kind, each["value"])
            for kind, media in content.items()
            for name, each in media["examples"].items()
        ]
        yield from shown
        for parameter in operation["parameters"]:
            if parameter["in"] == "query" and shown:
                for name, each in parameter["examples"].items():
                    query = f"?{parameter['name']}={json.dumps(each['value'])}"
                    yield Call(method, path, name, shown[0].kind, shown[0].body, query)
        if method == "get":
            media = operation["responses"]["200"]["content"]
            yield from (Call(method, path, name) for each in media.values() for name in each["examples"])


def validate(value: object, schema: Mapping[str, Any]) -> None:
    """Fail where `value` is not of a schema of the document."""
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def keys(value: object) -> object:
    """Which keys an object has, at every depth, but for a reason's value, which depends on the model."""
    if isinstance(value, dict):
        return {name: None if name == "value" else keys(each) for name, each in value.items()}
    return [keys(each) for each in value] if isinstance(value, list) else None


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
