"""The page of routes: what the OpenAPI document says, as a table."""

from collections.abc import Iterator
from typing import Any, Final

from docs.generate.table import table
from fraud_transformer.docs.openapi import describe

_HEAD: Final = """\
# HTTP and gRPC

Made by `python -m docs.generate` from the OpenAPI document, which a running service answers at
`/openapi.json` and shows at `/docs`, with examples; a test keeps it current.
"""
_GRPC: Final = """
## gRPC

`inference.GRPCInferenceService` of the Open Inference Protocol: `ModelInfer` with the tensors `amt`, `hour`,
`day_of_week`, `category` (and optionally `transaction_id`), `ModelMetadata`, `ModelReady`, `ServerLive`,
`ServerReady`, `ServerMetadata`. Limits, errors and decisions are those of the HTTP routes; an error's code is
the gRPC status that matches the HTTP one (`INVALID_ARGUMENT`, `NOT_FOUND`, `UNAVAILABLE`, …).
"""


def page() -> str:
    """The page, in Markdown."""
    return f"{_HEAD}\n{table(('route', 'what it does', 'answers with'), _rows())}\n{_GRPC}"


def _rows() -> Iterator[tuple[str, ...]]:
    for path, operations in describe()["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield f"`{method.upper()} {path}`", _summary(operation), ", ".join(operation["responses"])


def _summary(operation: dict[str, Any]) -> str:
    return str(operation.get("summary") or operation.get("description", ""))
