"""The OpenAPI description of every public route, complete enough to fuzz from."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

from fraud_contract.oip import MODEL_NAME
from fraud_transformer.schemas import Json, reference, schemas

_NDJSON: Final = "application/x-ndjson"
_BINARY: Final[Json] = {"schema": {"type": "string", "format": "binary"}}
_BATCH: Final = (
    "In rows, or in columns, which is the fastest: lists of one length. As lines (NDJSON) for any number of "
    "transactions: they are answered while the body still arrives, so read while you send; a bad line is "
    "answered by an error object that names it, in its place, and the stream goes on. Explanations are given "
    "for rows and columns only."
)
_RAW: Final = (
    "As JSON, or with the protocol's binary tensor data: JSON whose inputs say binary_data_size instead of "
    "data, then the raw tensors in that order. Outputs are raw where they say binary_data, or the request "
    "says binary_data_output."
)
_EXAMPLE: Final[Json] = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
EXPLAIN: Final[Mapping[str, bool]] = {"true": True, "false": False, "True": True, "False": False}
"""Values of the query parameter; those of Python too, since its `requests` sends them so."""
_ALWAYS: Final = (404, 405, 431, 500)
_ON_BODIES: Final = (400, 408, 413, 415, 422, 503, 504)
_MEANING: Final[Mapping[int, str]] = {
    400: "The body is not JSON of the shape that the route takes",
    404: "No such route or model",
    405: "The route has other methods",
    408: "The body did not arrive in time",
    413: "The body, or the number of transactions, is beyond the limit",
    415: "The content type or encoding is none that is read",
    422: "A field is missing, unknown or out of its range; each is named",
    431: "Request line and headers are beyond the limit",
    500: "A fault of the service",
    503: "Overloaded, not ready, or without a predictor; try again",
    504: "No score within the deadline; try again",
}


def describe() -> Json:
    """The document, as `GET /openapi.json` answers it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fraud detector",
            "version": version("fraud-transformer"),
            "description": "Card transactions in; a calibrated fraud probability, a decision and why out.",
        },
        "paths": _original_paths() | _v1_paths() | _v2_paths() | _documents(),
        "components": {"schemas": schemas()},
    }


def _original_paths() -> Json:
    one = _post("Decide one transaction", "Transaction", "Answer", _EXAMPLE, [_explain()])
    return {
        "/predict/": {"post": one | {"operationId": "predict"}},
        "/predict": {"post": one | {"operationId": "predictWithoutSlash"}},
        "/predict/batch": {"post": _batch()},
        "/health": {"get": _get("Whether decisions can be had, and of which release", "Health", 503)},
    }


def _batch() -> Json:
    rows, columns = {"transactions": [_EXAMPLE]}, {"columns": {name: [_EXAMPLE[name]] for name in _EXAMPLE}}
    operation = _post("Decide many transactions, in order", "Batch", "Predictions", rows, [_explain()])
    operation["description"] = _BATCH
    operation["requestBody"]["content"] = {
        "application/json": {
            "schema": {"oneOf": [reference("Batch"), reference("ColumnBatch")]},
            "examples": {"rows": {"value": rows}, "columns": {"value": columns}},
        },
        _NDJSON: _lines("Transactions, one a line", _EXAMPLE),
    }
    operation["responses"]["200"]["content"] = {
        "application/json": {"schema": {"oneOf": [reference("Predictions"), reference("ColumnAnswer")]}},
        _NDJSON: _lines("Answer objects, one a line; or error objects with their line"),
    }
    return operation


def _lines(description: str, *examples: Json) -> Json:
    media: Json = {"schema": {"type": "string", "description": description}}
    if examples:
        media["examples"] = {"lines": {"value": "".join(f"{json.dumps(each)}\n" for each in examples)}}
    return media


def _v1_paths() -> Json:
    return {
        "/v1/models": {"get": _get("Names of the models", "Models")},
        f"/v1/models/{MODEL_NAME}": {"get": _get("Readiness of the model", "Readiness", 503)},
        f"/v1/models/{MODEL_NAME}:predict": {
            "post": _post(
                "Decide transactions in KServe's v1 protocol",
                "Instances",
                "Predictions",
                {"instances": [_EXAMPLE]},
                [_explain()],
            )
        },
    }


def _v2_paths() -> Json:
    model = f"/v2/models/{MODEL_NAME}"
    calls = {
        "": {"get": _get("Versions, inputs and outputs of the model", "ModelMetadata")},
        "/ready": {"get": _get("Readiness of the model", "Readiness", 503)},
        "/infer": {"post": _infer()},
    }
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "description": "The version that is served; every other is answered with 404",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
    }
    versioned = {
        f"{model}/versions/{{version}}{call}": {**methods, "parameters": [version]}
        for call, methods in calls.items()
    }
    return {
        "/v2": {"get": _get("Name and version of the server", "Server")},
        "/v2/health/live": {"get": _get("Liveness", "Live")},
        "/v2/health/ready": {"get": _get("Readiness of the server", "Ready", 503)},
        **{model + call: methods for call, methods in calls.items()},
        **versioned,
    }


def _infer() -> Json:
    inputs = [
        {"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]},
        {"name": "hour", "datatype": "INT64", "shape": [1], "data": [14]},
        {"name": "day_of_week", "datatype": "INT64", "shape": [1], "data": [3]},
        {"name": "category", "datatype": "BYTES", "shape": [1], "data": ["grocery_pos"]},
    ]
    length = {
        "name": "Inference-Header-Content-Length",
        "description": "Bytes of the JSON, where raw tensors follow it",
        "schema": {"type": "integer", "minimum": 0},
    }
    summary = "Decide transactions in the Open Inference Protocol: four named tensors"
    operation = _post(
        summary, "InferRequest", "InferResponse", {"inputs": inputs}, [length | {"in": "header"}]
    )
    operation["description"] = _RAW
    operation["requestBody"]["content"]["application/octet-stream"] = _BINARY
    answer = operation["responses"]["200"]
    answer["content"]["application/octet-stream"] = _BINARY
    answer["headers"]["inference-header-content-length"] = {
        "schema": length["schema"],
        "description": length["description"],
    }
    return operation


def _documents() -> Json:
    page = {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}
    return {
        "/": {"get": _get("That the process answers at all", "Alive")},
        "/openapi.json": {"get": _get("This document", "Document")},
        "/docs": {
            "get": {"summary": "This document as a page", "responses": _errors(_ALWAYS) | {"200": page}}
        },
    }


def _get(summary: str, answer: str, *errors: int) -> Json:
    unavailable = {str(status): _answer(answer, "Not ready") for status in errors}
    return {"summary": summary, "responses": {"200": _answer(answer)} | _errors(_ALWAYS) | unavailable}


def _post(summary: str, body: str, answer: str, example: Json, parameters: Sequence[Json]) -> Json:
    content = {"application/json": {"schema": reference(body), "example": example}}
    return {
        "summary": summary,
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": content},
        "responses": {"200": _answer(answer)} | _errors((*_ALWAYS, *_ON_BODIES)),
    }


def _explain() -> Json:
    return {
        "name": "explain",
        "in": "query",
        "description": "Also tell what each fact added to the log-odds; costs as much as hundreds of scores",
        "schema": {"type": "string", "enum": list(EXPLAIN), "default": "false"},
    }


def _errors(statuses: Sequence[int]) -> Json:
    return {str(status): _answer("Error", _MEANING[status]) for status in statuses}


def _answer(schema: str, description: str = "The answer") -> Json:
    return {
        "description": description,
        "headers": {
            "x-fraud-release": {"schema": {"type": "string"}, "description": "The release that answered"}
        },
        "content": {"application/json": {"schema": reference(schema)}},
    }
