"""Requests and answers as the OpenAPI document shows them; what makes the real answers makes these."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import nan
from typing import Any, Final

import msgspec

from fraud_contract.errors import (
    DeadlineExceeded,
    FraudError,
    HeadTooLarge,
    InvalidTransaction,
    MalformedRequest,
    MethodNotAllowed,
    Overloaded,
    RequestTimeout,
    RequestTooLarge,
    UnknownModel,
    UnknownRoute,
    UnsupportedMedia,
)
from fraud_contract.oip import MODEL_NAME
from fraud_contract.policy import Decision
from fraud_serving.description import BINARY_TENSORS, SERVER, SERVER_VERSION
from fraud_transformer.decisions.answers import Answers, answer_columns, answer_rows, column_warnings
from fraud_transformer.decisions.reasons import Explanation, Reason
from fraud_transformer.oip import parameters, rest_json
from fraud_transformer.oip.requests import InferRequest
from fraud_transformer.oip.tensors import describe
from fraud_transformer.scoring.pool import no_predictor_error
from fraud_transformer.transactions.categories import Categories
from fraud_transformer.transactions.parsing import ALLOWED

type Named = dict[str, Any]
"""Examples by their name; a request and its answer have the same."""

FINGERPRINT: Final = "3f9c1a7e" * 8
RELEASE: Final = f"fraud-{FINGERPRINT[:8]}"
VERSION: Final = "v3"
TRACEPARENT: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_READY: Final = "not_ready"

_PAYMENT: Final[Named] = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
_MISSPELT: Final[Named] = {**_PAYMENT, "category": "grocery", "transaction_id": "payment-4711"}
_LATE: Final[Named] = {**_PAYMENT, "hour": 25}

_ANSWERS: Final = Answers([0.0126953125], [Decision.APPROVE], RELEASE, VERSION, [None], {})
_WARNING: Final = Categories(["gas_transport", "grocery_net", "grocery_pos"]).unknown("grocery")
_WARNED: Final = replace(_ANSWERS, transaction_ids=["payment-4711"], warnings={0: _WARNING})
_DEGRADED: Final = replace(_ANSWERS, scores=[nan], decisions=[Decision.REVIEW], degraded=True)
_EXPLAINED: Final = replace(
    _ANSWERS,
    explanations=[
        Explanation(
            (
                Reason("hour", 14, -1.31, "The hour 14:00-14:59 lowers the log-odds of fraud by 1.31."),
                Reason("amt", 245.5, 0.84, "An amount of 245.50 raises the log-odds of fraud by 0.84."),
                Reason(
                    "category",
                    "grocery_pos",
                    0.12,
                    "The category grocery_pos raises the log-odds of fraud by 0.12.",
                ),
                Reason("day_of_week", 3, 0.05, "The day Thursday raises the log-odds of fraud by 0.05."),
            ),
            bias=-4.0537,
            log_odds=-4.3537,
        )
    ],
)

_WRONG_HOUR: Final = InvalidTransaction(
    f"Invalid transaction: hour: must be {ALLOWED['hour']}. "
    f"Send one transaction such as {json.dumps(_PAYMENT)}.",
    [{"field": "hour", "got": "25", "message": f"must be {ALLOWED['hour']}", "allowed": ALLOWED["hour"]}],
)
ERRORS: Final[Mapping[str, FraudError]] = {
    "not_json": MalformedRequest(
        f"The body is not valid JSON. Send one transaction such as {json.dumps(_PAYMENT)}."
    ),
    "unknown_route": UnknownRoute(
        "No such route. Payments go to POST /predict/; GET /v2 and GET /health tell more."
    ),
    "unknown_model": UnknownModel(f"No such model here; its name is {MODEL_NAME!r}."),
    "method_not_allowed": MethodNotAllowed("/predict/ answers POST, OPTIONS.", ("POST", "OPTIONS")),
    "request_timeout": RequestTimeout("The body did not arrive within 10 s."),
    "body_too_large": RequestTooLarge("The body is larger than 1048576 bytes. Send it in parts."),
    "too_many_transactions": RequestTooLarge("25000 transactions in one request; at most 20000 are taken."),
    "unsupported_media": UnsupportedMedia("Send JSON with content type application/json."),
    "invalid": _WRONG_HOUR,
    "head_too_large": HeadTooLarge("The request line and headers are too large. Send fewer."),
    "internal": FraudError("Internal error; the service's log tells more."),
    "overloaded": Overloaded("Too many requests at once. Try again in a second."),
    "predictor_away": no_predictor_error(),
    "deadline_exceeded": DeadlineExceeded("No score within the deadline. Try again."),
}
"""At least one for each status that is not a success."""


@cache
def examples() -> Mapping[str, Named]:
    """The examples of each schema, by its name."""
    return {
        "Transaction": {"plain": _PAYMENT, "unknown_category": _MISSPELT},
        "Answer": {
            "plain": _row(_ANSWERS),
            "unknown_category": _row(_WARNED),
            "explained": _row(_EXPLAINED),
            "degraded": _row(_DEGRADED),
        },
        "Batch": {"rows": {"transactions": [_PAYMENT]}},
        "Instances": {"rows": {"instances": [_PAYMENT]}},
        "Predictions": {
            "rows": {"predictions": [_row(_ANSWERS)]},
            "explained": {"predictions": [_row(_EXPLAINED)]},
        },
        "ExplainedPredictions": {"rows": {"predictions": [_row(_EXPLAINED)]}},
        "ColumnBatch": {"columns": {"columns": {name: [value] for name, value in _PAYMENT.items()}}},
        "ColumnAnswer": {"columns": _as_json(answer_columns(_ANSWERS, column_warnings(_ANSWERS, 0, 1)))},
        "Lines": {"lines": _lines(_PAYMENT, _LATE)},
        "AnswerLines": {"lines": _lines(_row(_ANSWERS), {**_WRONG_HOUR.body(), "line": 2})},
        **_inferences(),
        "ModelMetadata": {"model": describe(VERSION).body()},
        "Health": {"ready": _health("ok"), NOT_READY: _health("not ready")},
        "Models": {"models": {"models": [MODEL_NAME]}},
        "Readiness": {
            "ready": {"name": MODEL_NAME, "ready": True},
            NOT_READY: {"name": MODEL_NAME, "ready": False},
        },
        "Server": {"server": {"name": SERVER, "version": SERVER_VERSION, "extensions": [BINARY_TENSORS]}},
        "Live": {"live": {"live": True}},
        "Ready": {"ready": {"ready": True}, NOT_READY: {"ready": False}},
        "Alive": {"alive": {"status": "alive"}},
        "Document": {"document": {"openapi": "3.1.0", "info": {"title": "Fraud detector"}, "paths": {}}},
        "Page": {"page": '<!doctype html><html lang="en"><title>Fraud detector</title>'},
        "Error": {name: error.body() for name, error in ERRORS.items()}
        | {"deadline_exceeded": ERRORS["deadline_exceeded"].body("payment-4711")},
    }


def _inferences() -> dict[str, Named]:
    plain: Named = {"inputs": [_tensor(name, value) for name, value in _PAYMENT.items()]}
    explained = {"parameters": {"explain": True}, **plain}
    warned = {"id": "call-1", "inputs": [_tensor(name, value) for name, value in _MISSPELT.items()]}
    raw, raw_answer = _raw(plain["inputs"])
    return {
        "InferRequest": {"plain": plain, "explained": explained, "unknown_category": warned},
        "InferResponse": {
            "plain": _inferred(plain, _ANSWERS),
            "explained": _inferred(explained, _EXPLAINED),
            "unknown_category": _inferred(warned, _WARNED),
            "degraded": _inferred(plain, _DEGRADED),
        },
        "RawInferRequest": {"raw": raw},
        "RawInferResponse": {"raw": raw_answer},
    }


def _raw(inputs: list[Named]) -> tuple[str, str]:
    """A request with one raw tensor, and its answer with one.

    Their numbers, 84.5 and the score, are bytes of ASCII, so that a string of JSON can be the whole body.
    """
    amt = {"name": "amt", "datatype": "FP64", "shape": [1], "parameters": {parameters.SIZE: 8}}
    score = {"name": "fraud_probability", "parameters": {parameters.WANTED: True}}
    request = {"inputs": [amt, *inputs[1:]], "outputs": [score]}
    content, raw = rest_json.infer_response(_infer_request(request), _ANSWERS)
    body = b"".join((msgspec.json.encode(content), *raw))
    return f"{json.dumps(request)}\0\0\0\0\0\x20\x55\x40", body.decode("ascii")


def _tensor(name: str, value: float | str) -> Named:
    datatype = {float: "FP64", int: "INT64", str: "BYTES"}[type(value)]
    return {"name": name, "datatype": datatype, "shape": [1], "data": [value]}


def _infer_request(request: Named) -> InferRequest:
    return InferRequest.model_validate(request)


def _inferred(request: Named, answers: Answers) -> object:
    content, _ = rest_json.infer_response(_infer_request(request), answers)
    return _as_json(content)


def _row(answers: Answers) -> Named:
    row: Named = _as_json(answer_rows(answers)[0])
    return row


def _health(status: str) -> Named:
    digests = {
        "model": "9b74c9897bac770ffc029102a200c5de" * 2,
        "preprocessor": "d6ee829f2a6a2229041fa206069e4ea6" * 2,
    }
    artifacts = {name: {"version": VERSION, "digest": digest} for name, digest in digests.items()}
    return {"status": status, "release": RELEASE, "fingerprint": FINGERPRINT, **artifacts}


def _lines(*each: Named) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in each)


def _as_json(content: object) -> Any:  # noqa: ANN401 - whatever JSON it is
    """`content` as a client reads it: a missing score, which is NaN, is null."""
    return msgspec.json.decode(msgspec.json.encode(content))
