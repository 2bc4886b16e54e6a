"""Open Inference Protocol as JSON, with raw tensors or without (`POST /v2/models/fraud/infer`)."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, NotRequired, TypedDict

import msgspec
from pydantic import TypeAdapter, ValidationError

from fraud_contract.errors import MalformedRequest
from fraud_contract.oip import MODEL_NAME
from fraud_contract.validation import problem
from fraud_transformer.decisions.answers import Answers
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.parameters import require_none_misplaced
from fraud_transformer.oip.requests import InferRequest
from fraud_transformer.oip.rest_binary import raw_contents
from fraud_transformer.oip.tensors import (
    OUTPUTS,
    ResponseParameters,
    Tensor,
    output_values,
    parameters_of,
    require_few_tensors,
)
from fraud_transformer.transactions.strict_json import load

_ADVICE: Final = 'Send {"inputs": [{"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]}, ...]}.'
_OUTPUTS: Final = (
    "The outputs that were asked for, else all: fraud_probability (FP32, null where degraded), prediction "
    "and decision (BYTES); transaction_id (BYTES) where that input was sent; and explanation (BYTES, each "
    "the JSON of an Explanation, or {} where degraded) where the parameter explain is true."
)
_NAMES: Final = frozenset({"id", "inputs", "model_name", "model_version", "outputs", "parameters"})
_INPUT_NAMES: Final = frozenset({"data", "datatype", "name", "parameters", "shape"})
_OUTPUT_NAMES: Final = frozenset({"data", "datatype", "name", "parameters", "shape"})


class OutputParameters(TypedDict):
    """Parameters of a raw output."""

    binary_data_size: int


class OutputTensor(TypedDict):
    """An output with its values, one a row; or with `binary_data_size`, and raw."""

    name: str
    datatype: str
    shape: list[int]
    data: NotRequired[Sequence[str | float | None]]
    parameters: NotRequired[OutputParameters]


class InferResponse(TypedDict):
    """Body of the answer to an inference request."""

    model_name: str
    model_version: str
    id: NotRequired[Annotated[str, msgspec.Meta(description="That of the request")]]
    parameters: ResponseParameters
    outputs: Annotated[list[OutputTensor], msgspec.Meta(description=_OUTPUTS)]


_REQUEST: Final = TypeAdapter(InferRequest)


def parse_infer(body: bytes, max_rows: int = 1) -> InferRequest:
    """The request in a JSON body, of as many inputs and outputs as there are at most, and of `max_rows`.

    Raises:
        MalformedRequest: it is no JSON of that shape, or an object names a member twice.
        InvalidTransaction: there are more inputs or outputs than names for them.
        RequestTooLarge: it holds more than so many rows need; it is not read.
    """
    content = load(body, _ADVICE, max_rows)
    if isinstance(content, dict):
        inputs, outputs = content.get("inputs"), content.get("outputs")
        require_few_tensors(*(len(each) if isinstance(each, list) else 0 for each in (inputs, outputs)))
        _require_none_misplaced(content)
    try:
        request = _REQUEST.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:128]
        where = f" at {place}" if place else ""
        message = problem(first)[:200]
        raise MalformedRequest(f"The body is no inference request{where}: {message}. {_ADVICE}") from None
    request.require_sound()
    return request


def tensors_of(request: InferRequest, raw: bytes, max_rows: int) -> list[Tensor]:
    """The inputs, whose values lie in the JSON or in the raw bytes after it.

    Errors as `raw_contents` and `InferRequest.tensors`.
    """
    names = [each.name for each in request.inputs]
    contents = raw_contents(names, [each.given for each in request.inputs], raw)
    return request.tensors(contents, max_rows)


def _require_none_misplaced(content: dict[str, Any]) -> None:
    require_none_misplaced(content, _NAMES, "The request")
    for kind, names in (("inputs", _INPUT_NAMES), ("outputs", _OUTPUT_NAMES)):
        tensors = content.get(kind)
        for index, each in enumerate(tensors if isinstance(tensors, list) else ()):
            if isinstance(each, dict):
                require_none_misplaced(each, names, f"{kind}.{index}")


def infer_response(request: InferRequest, answers: Answers) -> tuple[InferResponse, list[bytes]]:
    """The answer's JSON object, and the raw data of the outputs that are to be raw."""
    outputs: list[OutputTensor] = []
    raw: list[bytes] = []
    for name in request.output_names():
        values = output_values(name, answers)
        output: OutputTensor = {"name": name, "datatype": OUTPUTS[name], "shape": [len(answers)]}
        if request.wants_raw(name):
            raw.append(raw_tensors.encode(OUTPUTS[name], values))
            output["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            output["data"] = values
        outputs.append(output)
    content: InferResponse = {
        "model_name": MODEL_NAME,
        "model_version": answers.model_version,
        "parameters": parameters_of(answers),
        "outputs": outputs,
    }
    if request.id is not None:
        content["id"] = request.id
    return content, raw
