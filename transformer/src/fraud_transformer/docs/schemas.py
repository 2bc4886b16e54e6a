"""The JSON Schemas of everything that is sent and answered."""

from collections.abc import Iterable
from typing import Any, Final

from fraud_contract.transaction import Transaction
from fraud_transformer.oip import parameters
from fraud_transformer.oip.rest_json import InferRequest
from fraud_transformer.oip.tensors import INPUTS, OUTPUTS

type Json = dict[str, Any]

_INPUTS: Final = (
    "The tensors amt (a number), hour and day_of_week (integers) and category (BYTES), all of one length; "
    "and transaction_id (BYTES) for who wants it back."
)
_OUTPUTS: Final = (
    "The outputs that were asked for, else all: fraud_probability (FP32, null where degraded), prediction "
    "and decision (BYTES); transaction_id (BYTES) where that input was sent; and explanation (BYTES, each "
    "the JSON of an Explanation, or {} where degraded) where the parameter explain is true."
)


def reference(name: str, kind: str = "schemas") -> Json:
    """Where the component of that name and kind stands."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _object(*, optional: Json | None = None, **required: Json) -> Json:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(item: Json) -> Json:
    return {"type": "array", "items": item}


def _choice(values: Iterable[str]) -> Json:
    return {"type": "string", "enum": list(values)}


def _told(schema: Json, description: str) -> Json:
    return {**schema, "description": description}


def _parameters(**known: Json) -> Json:
    """Parameters of the protocol, of which a client may send others, too, or none."""
    return {"type": ["object", "null"], "properties": known, "additionalProperties": True}


def _inference() -> Json:
    """The schemas of an inference request, with what is not said by types."""
    request = InferRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = request.pop("$defs")
    truth, size = {"type": "boolean", "default": False}, {"type": "integer", "minimum": 0}
    tensor, output = parts["InputTensor"]["properties"], parts["RequestedOutput"]["properties"]
    request["properties"]["inputs"]["description"] = _INPUTS
    request["properties"]["parameters"] = _parameters(
        explain=_told(truth, "Also answer with the output explanation"),
        **{parameters.ALL_WANTED: _told(truth, "All outputs raw that do not say otherwise")},
    )
    tensor["name"] = _choice(INPUTS)
    tensor["datatype"] = _choice(sorted(frozenset().union(*INPUTS.values())))
    tensor["parameters"] = _parameters(**{parameters.SIZE: _told(size, "Bytes of raw data, instead of data")})
    output["name"] = _choice(OUTPUTS)
    output["parameters"] = _parameters(**{parameters.WANTED: _told(truth, "Raw")})
    return {**parts, "InferRequest": request}


def _inferred() -> Json:
    """The schema of an answer to an inference request."""
    text = {"type": "string"}
    rows = {"type": "string", "pattern": "^\\[[0-9]+(,[0-9]+)*\\]$"}
    output = _object(
        name=_choice(OUTPUTS),
        datatype=_choice(sorted(set(OUTPUTS.values()))),
        shape=_list({"type": "integer"}),
        optional={
            "data": _list({"type": ["string", "number", "null"]}),
            "parameters": _object(**{parameters.SIZE: {"type": "integer"}}),
        },
    )
    return _object(
        model_name=text,
        model_version=text,
        parameters=_object(
            release=_told(text, "The release that answered"),
            optional={
                "unknown_category_rows": _told(
                    rows, "JSON list of the rows, from 0, with a category that training never saw"
                ),
                "degraded": _told(_choice(["true"]), "Decided without scores"),
            },
        ),
        outputs=_told(_list(output), _OUTPUTS),
        optional={"id": _told(text, "That of the request")},
    )


def schemas() -> Json:
    """Every schema by its name."""
    template = "#/components/schemas/{model}"
    transaction = Transaction.model_json_schema()["properties"]
    text, number, truth = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
    probability = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    shape = _list({"type": "integer"})
    tensor = _object(name=text, datatype=text, shape=shape)
    digest = _object(version=text, digest={"type": "string", "pattern": "^[0-9a-f]{64}$"})
    reason = _object(feature=text, value={}, contribution=number, text=text)
    facts = {"code": text, "message": text, "suggestions": _list(text)}
    warning = _object(**facts)
    error = {"error": text, "code": text, "details": _list({"type": "object"})}
    whose = {"transaction_id": _told(text, "Of the one transaction that was read, where it has one")}
    explanation = reference("Explanation")
    binary = {"type": "string", "format": "binary"}
    columns = {
        name: {"type": "array", "items": schema, "minItems": 1} for name, schema in transaction.items()
    }
    ids = {"transaction_id": columns.pop("transaction_id") | {"type": ["array", "null"]}}
    prediction = _choice(["fraudulent", "non-fraudulent"])
    decision = _choice(["approve", "review", "block"])
    return {
        **_inference(),
        "Explanation": _object(
            reasons=_told(_list(reason), "The strongest first"),
            bias=number,
            log_odds=_told(number, "Of the answered probability: the sum of bias and contributions"),
        ),
        "Transaction": Transaction.model_json_schema(ref_template=template),
        "Batch": _object(transactions=_list(reference("Transaction")) | {"minItems": 1}),
        "Instances": _object(
            instances=_list(reference("Transaction")) | {"minItems": 1},
            optional={"parameters": {"type": ["object", "null"], "maxProperties": 0}},
        )
        | {"additionalProperties": True},
        "Answer": _object(
            prediction=prediction,
            fraud_probability=probability,
            decision=decision,
            release=text,
            model_version=text,
            optional={
                "transaction_id": text,
                "warnings": _list(warning),
                "explanation": explanation,
                "degraded": truth,
            },
        ),
        "ColumnBatch": _object(columns=_object(**columns, optional=ids)),
        "ColumnAnswer": _object(
            columns=_object(
                prediction=_list(prediction),
                fraud_probability=_list(probability),
                decision=_list(decision),
                optional={
                    "transaction_id": _list({"type": ["string", "null"]}),
                    "explanation": _list(explanation),
                },
            ),
            release=text,
            model_version=text,
            warnings=_list(_object(row={"type": "integer"}, **facts)),
            optional={"degraded": truth},
        ),
        "Predictions": _object(predictions=_list(reference("Answer"))),
        "ExplainedPredictions": _object(predictions=_list(reference("Answer"))),
        "InferResponse": _inferred(),
        "RawInferRequest": _told(binary, "An InferRequest, then the raw data of its inputs in their order"),
        "RawInferResponse": _told(
            binary, "An InferResponse, then the raw data of its outputs in their order"
        ),
        "Lines": _told(text, "Transactions, one a line"),
        "AnswerLines": _told(text, "One a line: an Answer, or the RefusedLine in its place"),
        "ModelMetadata": _object(
            name=text, versions=_list(text), platform=text, inputs=_list(tensor), outputs=_list(tensor)
        ),
        "Health": _object(
            status=text,
            release=_told(
                text, "The name that the installation gave it, else a short form of its fingerprint"
            ),
            fingerprint=_told(
                text, "SHA-256 of its content: artifacts and the settings that change an answer"
            ),
            model=digest,
            preprocessor=digest,
        ),
        "Models": _object(models=_list(text)),
        "Readiness": _object(name=text, ready=truth),
        "Server": _object(name=text, version=text, extensions=_list(text)),
        "Live": _object(live=truth),
        "Ready": _object(ready=truth),
        "Alive": _object(status=text),
        "Document": {"type": "object"},
        "Page": text,
        "Error": _object(**error, optional=whose),
        "RefusedLine": _object(**error, line={"type": "integer", "minimum": 1}, optional=whose),
    }
