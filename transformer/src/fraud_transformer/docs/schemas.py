"""The JSON Schemas of everything that is sent and answered."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from fraud_contract.transaction import Transaction
from fraud_serving.description import ModelMetadata
from fraud_transformer.decisions.answers import Answer, ColumnAnswer, Error, Predictions, RefusedLine
from fraud_transformer.oip import parameters
from fraud_transformer.oip.metadata import Alive, Live, Models, Readiness, Ready, Server
from fraud_transformer.oip.requests import InferRequest
from fraud_transformer.oip.rest_json import InferResponse
from fraud_transformer.oip.tensors import INPUTS, OUTPUTS
from fraud_transformer.served import Health

type Json = dict[str, Any]

_INPUTS: Final = (
    "The tensors amt (a number), hour and day_of_week (integers) and category (BYTES), all of one length; "
    "and transaction_id (BYTES) for who wants it back."
)
_OBJECTS: Final = (
    Alive,
    Answer,
    ColumnAnswer,
    Error,
    Health,
    InferResponse,
    Live,
    ModelMetadata,
    Models,
    Predictions,
    Readiness,
    Ready,
    RefusedLine,
    Server,
)
"""Everything that is answered as a JSON object."""


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


def _described(schema: Json, description: str) -> Json:
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
        explain=_described(truth, "Also answer with the output explanation"),
        **{parameters.ALL_WANTED: _described(truth, "All outputs raw that do not say otherwise")},
    )
    tensor["name"] = _choice(INPUTS)
    tensor["datatype"] = _choice(sorted(frozenset().union(*INPUTS.values())))
    tensor["parameters"] = _parameters(
        **{parameters.SIZE: _described(size, "Bytes of raw data, instead of data")}
    )
    output["name"] = _choice(OUTPUTS)
    output["parameters"] = _parameters(**{parameters.WANTED: _described(truth, "Raw")})
    return {**parts, "InferRequest": request}


def _answered() -> Json:
    """The schemas of all answers, from their types."""
    _, components = msgspec.json.schema_components(_OBJECTS, ref_template=reference("{name}")["$ref"])
    for schema in components.values():
        schema["additionalProperties"] = False
        schema["properties"] = {
            name: each if name in schema["required"] else _left_out(each)
            for name, each in schema["properties"].items()
        }
    output = components["OutputTensor"]["properties"]
    output["name"] = _choice(OUTPUTS)
    output["datatype"] = _choice(sorted(set(OUTPUTS.values())))
    typed: Json = _typed(components)
    return typed


def _typed(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """`node` with the type of each enumeration, a string: generators of clients need it."""
    if isinstance(node, list):
        return [_typed(each) for each in node]
    if not isinstance(node, dict):
        return node
    kind = {"type": "string"} if isinstance(node.get("enum"), list) else {}
    return kind | {name: _typed(each) for name, each in node.items()}


def _left_out(schema: Json) -> Json:
    """A field's schema where its default is no answer: it is left out instead, and never null."""
    schema = {name: each for name, each in schema.items() if name != "default"}
    kinds = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    return schema | kinds[0] if len(kinds) == 1 else schema | ({"anyOf": kinds} if kinds else {})


def schemas() -> Json:
    """Every schema by its name."""
    transaction = Transaction.model_json_schema()["properties"]
    text = {"type": "string"}
    binary = {"type": "string", "format": "binary"}
    columns = {
        name: {"type": "array", "items": schema, "minItems": 1} for name, schema in transaction.items()
    }
    answered = _answered()
    ids = {"transaction_id": columns.pop("transaction_id") | {"type": ["array", "null"]}}
    return {
        **_inference(),
        **answered,
        "Transaction": Transaction.model_json_schema(ref_template="#/components/schemas/{model}"),
        "Batch": _object(transactions=_list(reference("Transaction")) | {"minItems": 1}),
        "Instances": _object(
            instances=_list(reference("Transaction")) | {"minItems": 1},
            optional={"parameters": {"type": ["object", "null"], "maxProperties": 0}},
        )
        | {"additionalProperties": True},
        "ColumnBatch": _object(columns=_object(**columns, optional=ids)),
        # A schema of its own: generators of clients take no second name of another one.
        "ExplainedPredictions": answered["Predictions"] | {"title": "ExplainedPredictions"},
        "RawInferRequest": _described(
            binary, "An InferRequest, then the raw data of its inputs in their order"
        ),
        "RawInferResponse": _described(
            binary, "An InferResponse, then the raw data of its outputs in their order"
        ),
        "Lines": _described(text, "Transactions, one a line"),
        "AnswerLines": _described(text, "One a line: an Answer, or the RefusedLine in its place"),
        "Document": {"type": "object"},
        "Page": text,
    }
