"""The JSON Schemas of everything that is sent and answered."""

from typing import Any

from fraud_contract.transaction import Transaction
from fraud_transformer.oip_json import InferRequest

type Json = dict[str, Any]


def reference(schema: str) -> Json:
    """Where the schema of that name stands."""
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


def schemas() -> Json:
    """Every schema by its name."""
    template = "#/components/schemas/{model}"
    infer = InferRequest.model_json_schema(ref_template=template)
    transaction = Transaction.model_json_schema()["properties"]
    text, number, truth = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
    probability = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    shape = _list({"type": "integer"})
    tensor = _object(name=text, datatype=text, shape=shape)
    digest = _object(version=text, digest={"type": "string", "pattern": "^[0-9a-f]{64}$"})
    reason = _object(feature=text, value={}, contribution=number, text=text)
    facts = {"code": text, "message": text, "suggestions": _list(text)}
    warning = _object(**facts)
    explanation = _object(reasons=_list(reason), bias=number, log_odds=number)
    columns = {
        name: {"type": "array", "items": schema, "minItems": 1} for name, schema in transaction.items()
    }
    ids = {"transaction_id": columns.pop("transaction_id")}
    prediction = {"enum": ["fraudulent", "non-fraudulent"]}
    decision = {"enum": ["approve", "review", "block"]}
    return {
        **infer.pop("$defs"),
        "InferRequest": infer,
        "Transaction": Transaction.model_json_schema(ref_template=template),
        "Batch": _object(transactions=_list(reference("Transaction")) | {"minItems": 1}),
        "Instances": _object(instances=_list(reference("Transaction")) | {"minItems": 1}),
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
        "InferResponse": _object(
            model_name=text,
            model_version=text,
            parameters={"type": "object", "additionalProperties": text},
            outputs=_list(
                _object(
                    name=text,
                    datatype=text,
                    shape=_list({"type": "integer"}),
                    optional={"data": _list({}), "parameters": {"type": "object"}},
                )
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
