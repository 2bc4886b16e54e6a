"""The OpenAPI description of every public route, complete enough to fuzz from."""

from collections.abc import Collection, Sequence
from functools import cache, reduce
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from fraud_contract.oip import MODEL_NAME
from fraud_serving.http_status import status_of
from fraud_transformer.docs.examples import ERRORS, NOT_READY, RELEASE, TRACEPARENT, VERSION, examples
from fraud_transformer.docs.schemas import Json, reference, schemas

type Content = dict[str, list[str]]
"""Names of the schemas of each content type; what is sent is of one of them."""

_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_BINARY: Final = "application/octet-stream"
_BATCH: Final = (
    "In rows, or in columns, which is the fastest: lists of one length. As lines (NDJSON) for any number of "
    "transactions: they are answered while the body still arrives, so read while you send; a bad line is "
    "answered by an error object that names it, in its place, and the stream goes on. Explanations are given "
    "for rows and columns only."
)
_INFER: Final = (
    "As JSON, or with the protocol's binary tensor data: JSON whose inputs say binary_data_size instead of "
    "data, then the raw tensors in that order. Outputs are raw where they say binary_data, or the request "
    "says binary_data_output. A fifth tensor, transaction_id, comes back as an output. The parameter explain "
    "asks for the output explanation."
)
_PREDICTED: Final = "Decide transactions in KServe's v1 protocol"
_INFERRED: Final = "Decide transactions in the Open Inference Protocol: named tensors"
_BODY: Final = (
    "As it is, or compressed by gzip or deflate with the header content-encoding: gzip, or content-encoding: "
    "deflate. Of JSON, each name of an object is there once."
)
EXPLAIN: Final = {"true": True, "false": False, "True": True, "False": False}
"""Values of the query parameter; those of Python too, since its `requests` sends them so."""
_ALWAYS: Final = (400, 404, 405, 408, 431, 500, 503)
"""Of the app, or of the connection, which refuses some requests before it knows their route."""
_ON_BODIES: Final = (413, 415, 422, 504)
_V1: Final = f"/v1/models/{MODEL_NAME}"
_V2: Final = f"/v2/models/{MODEL_NAME}"
_ERRORS: Final = {
    400: ("Malformed", "The body is not JSON of the shape that the route takes, or the request no HTTP"),
    404: ("Unknown", "No such route, model or version"),
    405: ("MethodNotAllowed", "The route has other methods"),
    408: ("RequestTimeout", "The request did not arrive in time"),
    413: ("TooLarge", "The body, or the number of transactions, is beyond the limit"),
    415: ("UnsupportedMedia", "The content type or encoding is none that is read"),
    422: ("Invalid", "A field is missing, unknown or out of its range; each is named"),
    431: ("HeadTooLarge", "Request line and headers are beyond the limit"),
    500: ("Internal", "A fault of the service"),
    503: ("Unavailable", "Overloaded, not ready, or without a predictor; try again"),
    504: ("DeadlineExceeded", "No score within the deadline; try again"),
}
"""Name and meaning of each answer that is no success."""


@cache
def describe() -> Json:
    """The document, as `GET /openapi.json` answers it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fraud detector",
            "version": version("fraud-transformer"),
            "description": "Card transactions in; a calibrated fraud probability, a decision and why out. "
            "Where there is GET there is HEAD, and OPTIONS everywhere. A slash at the end of a path changes "
            "nothing.",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document comes from"}],
        "security": [],
        "paths": _original_paths() | _v1_paths() | _v2_paths() | _documents(),
        "components": {
            "schemas": schemas(),
            "examples": {
                f"{schema}.{name}": {"value": value}
                for schema, named in examples().items()
                for name, value in named.items()
            },
            "parameters": _parameters(),
            "headers": _headers(),
            "responses": {name: _error(status) for status, (name, _) in _ERRORS.items()},
        },
    }


def inlined(node: Any, document: Json, but: Collection[str] = ("schemas",)) -> Any:  # noqa: ANN401 - any JSON
    """`node` with what its references name in their place, except components of the kinds in `but`."""
    if isinstance(node, list):
        return [inlined(each, document, but) for each in node]
    if not isinstance(node, dict):
        return node
    place = node.get("$ref")
    if place is None:
        return {name: inlined(each, document, but) for name, each in node.items()}
    keys = place.removeprefix("#/").split("/")
    return node if keys[1] in but else inlined(reduce(lambda at, key: at[key], keys, document), document, but)


def _original_paths() -> Json:
    one = _post("predict", "Decide one transaction", {_JSON: ["Transaction"]}, {_JSON: ["Answer"]}, "explain")
    return {
        "/predict": {"post": one | {"description": "Also at /predict/, the path of the original API."}},
        "/predict/batch": {"post": _batch()},
        "/health": {"get": _readiness("health", "Whether it serves, and which release", "Health")},
    }


def _batch() -> Json:
    body = {_JSON: ["Batch", "ColumnBatch"], _NDJSON: ["Lines"]}
    answer = {_JSON: ["Predictions", "ColumnAnswer"], _NDJSON: ["AnswerLines"]}
    operation = _post("predictBatch", "Decide many transactions, in order", body, answer, "explain")
    return operation | {"description": _BATCH}


def _v1_paths() -> Json:
    body, answer, explained = (
        {_JSON: ["Instances"]},
        {_JSON: ["Predictions"]},
        {_JSON: ["ExplainedPredictions"]},
    )
    return {
        "/v1/models": {"get": _get("v1Models", "Names of the models", "Models")},
        _V1: {"get": _readiness("v1ModelReady", "Readiness of the model", "Readiness")},
        f"{_V1}:predict": {"post": _post("v1Predict", _PREDICTED, body, answer, "explain")},
        f"{_V1}:explain": {"post": _post("v1Explain", f"{_PREDICTED}, with explanations", body, explained)},
    }


def _v2_paths() -> Json:
    served = _v2_calls("v2Model", "v2Infer")
    versioned = _v2_calls("v2ModelVersion", "v2ModelVersionInfer")
    version_of_path = {"parameters": [reference("version", "parameters")]}
    return {
        "/v2": {"get": _get("v2Server", "Name and version of the server", "Server")},
        "/v2/models": {"get": _get("v2Models", "Names of the models", "Models")},
        "/v2/health/live": {"get": _get("v2Live", "Liveness", "Live")},
        "/v2/health/ready": {"get": _readiness("v2Ready", "Readiness of the server", "Ready")},
        **{_V2 + call: methods for call, methods in served.items()},
        **{
            f"{_V2}/versions/{{version}}{call}": methods | version_of_path
            for call, methods in versioned.items()
        },
    }


def _v2_calls(model: str, infer: str) -> Json:
    """What is asked of the model, by the end of the path, under these ids of operations."""
    return {
        "": {"get": _get(model, "Versions, inputs and outputs of the model", "ModelMetadata")},
        "/ready": {"get": _readiness(f"{model}Ready", "Readiness of the model", "Readiness")},
        "/infer": {"post": _infer(infer)},
    }


def _infer(identity: str) -> Json:
    body = {_JSON: ["InferRequest"], _BINARY: ["RawInferRequest"]}
    answer = {_JSON: ["InferResponse"], _BINARY: ["RawInferResponse"]}
    operation = _post(identity, _INFERRED, body, answer, "json-length")
    operation["responses"]["200"]["headers"] |= {
        "inference-header-content-length": reference("json-length", "headers")
    }
    return operation | {"description": _INFER}


def _documents() -> Json:
    page = _get("docs", "This document as a page", "Page")
    page["responses"]["200"]["content"] = {"text/html": _media(["Page"])}
    return {
        "/": {"get": _get("live", "That the process answers at all", "Alive")},
        "/openapi.json": {"get": _get("openapi", "This document", "Document")},
        "/docs": {"get": page},
    }


def _get(identity: str, summary: str, answer: str) -> Json:
    """A GET; generated clients name their function by its id."""
    return {
        "operationId": identity,
        "summary": summary,
        "parameters": [reference("traceparent", "parameters")],
        "responses": {"200": _answer({_JSON: [answer]})} | _errors(_ALWAYS),
    }


def _readiness(identity: str, summary: str, answer: str) -> Json:
    operation = _get(identity, summary, answer)
    unready = _error(503)
    media = unready["content"][_JSON]
    media["schema"] = {"oneOf": [reference(answer), media["schema"]]}
    media["examples"] = _example(answer, NOT_READY) | media["examples"]
    operation["responses"]["503"] = unready
    return operation


def _post(identity: str, summary: str, body: Content, answer: Content, *own: str) -> Json:
    parameters = [*own, "traceparent", "x-fraud-synthetic"]
    return {
        "operationId": identity,
        "summary": summary,
        "parameters": [reference(each, "parameters") for each in parameters],
        "requestBody": {"required": True, "description": _BODY, "content": _content(body)},
        "responses": {"200": _answer(answer)} | _errors((*_ALWAYS, *_ON_BODIES)),
    }


def _content(schemas_by_type: Content) -> Json:
    return {kind: _media(names) for kind, names in schemas_by_type.items()}


def _media(names: Sequence[str]) -> Json:
    """A schema, or one of several, with its examples."""
    shown: Json = {}
    for schema in names:
        for name in examples()[schema]:
            shown |= {} if name == NOT_READY else _example(schema, name)
    one, *more = map(reference, names)
    return {"schema": {"oneOf": [one, *more]} if more else one, "examples": shown}


def _example(schema: str, name: str) -> Json:
    return {name: reference(f"{schema}.{name}", "examples")}


def _answer(content: Content) -> Json:
    return {
        "description": "The answer",
        "headers": {"x-fraud-release": reference("x-fraud-release", "headers")},
        "content": _content(content),
    }


def _errors(statuses: Sequence[int]) -> Json:
    return {str(status): reference(_ERRORS[status][0], "responses") for status in statuses}


def _error(status: int) -> Json:
    errors = {name: error for name, error in ERRORS.items() if status_of(error) == status}
    headers = ["x-fraud-release"]
    headers += ["retry-after"] if any(error.retry_after for error in errors.values()) else []
    headers += ["allow"] if status == HTTPStatus.METHOD_NOT_ALLOWED else []
    shown = {name: reference(f"Error.{name}", "examples") for name in errors}
    return {
        "description": _ERRORS[status][1],
        "headers": {name: reference(name, "headers") for name in headers},
        "content": {_JSON: {"schema": reference("Error"), "examples": shown}},
    }


def _parameters() -> Json:
    explain = "Also say what each fact added to the log-odds; costs as much as ten to a hundred scores"
    synthetic = "The admin token: the decisions are neither counted nor kept"
    return {
        "explain": {
            "name": "explain",
            "in": "query",
            "description": explain,
            "schema": {"type": "boolean", "default": False},
            "examples": {"explained": {"value": True}},
        },
        "version": {
            "name": "version",
            "in": "path",
            "required": True,
            "description": "The version that is served; every other is answered with 404",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
            "example": VERSION,
        },
        "json-length": {"name": "Inference-Header-Content-Length", "in": "header", **_JSON_LENGTH},
        "traceparent": {
            "name": "traceparent",
            "in": "header",
            "description": "The caller's place in a trace (W3C), passed on to the predictor and logged",
            "schema": {"type": "string"},
            "example": TRACEPARENT,
        },
        "x-fraud-synthetic": {
            "name": "x-fraud-synthetic",
            "in": "header",
            "description": synthetic,
            "schema": {"type": "string"},
        },
    }


_JSON_LENGTH: Final[Json] = {
    "description": "Bytes of the JSON, where raw tensors follow it",
    "schema": {"type": "integer", "minimum": 0},
}


def _headers() -> Json:
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 1}
    return {
        "x-fraud-release": {
            "description": "The release that answered",
            "schema": text,
            "example": RELEASE,
        },
        "retry-after": {"description": "Seconds to wait before another try", "schema": whole, "example": 1},
        "allow": {"description": "The methods that there are", "schema": text, "example": "POST, OPTIONS"},
        "json-length": _JSON_LENGTH,
    }
