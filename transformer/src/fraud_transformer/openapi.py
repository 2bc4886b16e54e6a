"""The OpenAPI description of every public route, complete enough to fuzz from."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from fraud_contract.oip import MODEL_NAME
from fraud_contract.transaction import Transaction
from fraud_transformer.oip_json import InferRequest

type Json = dict[str, Any]

_EXAMPLE: Final = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
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
        "components": {"schemas": _schemas()},
    }


def _original_paths() -> Json:
    one = _post("Decide one transaction", "Transaction", "Answer", _EXAMPLE, [_explain()])
    return {
        "/predict/": {"post": one | {"operationId": "predict"}},
        "/predict": {"post": one | {"operationId": "predictWithoutSlash"}},
        "/predict/batch": {
            "post": _post(
                "Decide many transactions, answered in order",
                "Batch",
                "Predictions",
                {"transactions": [_EXAMPLE]},
                [_explain()],
            )
        },
        "/health": {"get": _get("Whether decisions can be had, and of which release", "Health", 503)},
    }


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
    inputs = [
        {"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]},
        {"name": "hour", "datatype": "INT64", "shape": [1], "data": [14]},
        {"name": "day_of_week", "datatype": "INT64", "shape": [1], "data": [3]},
        {"name": "category", "datatype": "BYTES", "shape": [1], "data": ["grocery_pos"]},
    ]
    summary = "Decide transactions in the Open Inference Protocol: four named tensors"
    return {
        "/v2": {"get": _get("Name and version of the server", "Server")},
        "/v2/health/live": {"get": _get("Liveness", "Live")},
        "/v2/health/ready": {"get": _get("Readiness of the server", "Ready", 503)},
        f"/v2/models/{MODEL_NAME}": {"get": _get("Inputs and outputs of the model", "ModelMetadata")},
        f"/v2/models/{MODEL_NAME}/ready": {"get": _get("Readiness of the model", "Readiness", 503)},
        f"/v2/models/{MODEL_NAME}/infer": {
            "post": _post(summary, "InferRequest", "InferResponse", {"inputs": inputs}, [])
        },
    }


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
    content = {"application/json": {"schema": _reference(body), "example": example}}
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
        "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
    }


def _errors(statuses: Sequence[int]) -> Json:
    return {str(status): _answer("Error", _MEANING[status]) for status in statuses}


def _answer(schema: str, description: str = "The answer") -> Json:
    return {
        "description": description,
        "headers": {
            "x-fraud-release": {"schema": {"type": "string"}, "description": "The release that answered"}
        },
        "content": {"application/json": {"schema": _reference(schema)}},
    }


def _reference(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _object(*, optional: Json | None = None, **required: Json) -> Json:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(item: Json) -> Json:
    return {"type": "array", "items": item}


def _schemas() -> Json:
    template = "#/components/schemas/{model}"
    infer = InferRequest.model_json_schema(ref_template=template)
    text, number, truth = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    shape = _list({"type": "integer"})
    tensor = _object(name=text, datatype=text, shape=shape)
    digest = _object(version=text, digest={"type": "string", "pattern": "^[0-9a-f]{64}$"})
    reason = _object(feature=text, value={}, contribution=number, text=text)
    warning = _object(code=text, message=text, suggestions=_list(text))
    return {
        **infer.pop("$defs"),
        "InferRequest": infer,
        "Transaction": Transaction.model_json_schema(ref_template=template),
        "Batch": _object(transactions=_list(_reference("Transaction")) | {"minItems": 1}),
        "Instances": _object(instances=_list(_reference("Transaction")) | {"minItems": 1}),
        "Answer": _object(
            prediction={"enum": ["fraudulent", "non-fraudulent"]},
            fraud_probability=probability,
            decision={"enum": ["approve", "review", "block"]},
            release=text,
            model_version=text,
            optional={
                "transaction_id": text,
                "warnings": _list(warning),
                "explanation": _object(reasons=_list(reason), bias=number, log_odds=number),
            },
        ),
        "Predictions": _object(predictions=_list(_reference("Answer"))),
        "InferResponse": _object(
            model_name=text,
            model_version=text,
            parameters={"type": "object", "additionalProperties": text},
            outputs=_list(
                _object(name=text, datatype=text, shape=_list({"type": "integer"}), data=_list({}))
            ),
            optional={"id": text},
        ),
        "ModelMetadata": _object(
            name=text, versions=_list(text), platform=text, inputs=_list(tensor), outputs=_list(tensor)
        ),
        "Health": _object(status=text, release=text, model=digest, preprocessor=digest),
        "Models": _object(models=_list(text)),
        "Readiness": _object(name=text, ready=truth),
        "Server": _object(name=text, version=text, extensions=_list(text)),
        "Live": _object(live=truth),
        "Ready": _object(ready=truth),
        "Alive": _object(status=text),
        "Document": {"type": "object"},
        "Error": _object(error=text, code=text, details=_list({"type": "object"})),
    }
