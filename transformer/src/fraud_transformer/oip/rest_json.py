"""Open Inference Protocol as JSON, with raw tensors or without (`POST /v2/models/fraud/infer`)."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Annotated, Any, Final, NotRequired, TypedDict

import msgspec
from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from fraud_contract.errors import MalformedRequest
from fraud_contract.oip import MODEL_NAME
from fraud_contract.validation import problem
from fraud_transformer.decisions.answers import Answers
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.parameters import (
    ALL_WANTED,
    CONTENT_TYPE,
    EXPLAIN,
    SIZE,
    WANTED,
    content_type,
    given,
    require_none_misplaced,
    truth,
)
from fraud_transformer.oip.rest_binary import raw_contents
from fraud_transformer.oip.tensors import (
    OUTPUTS,
    STRINGS,
    ResponseParameters,
    Tensor,
    output_values,
    parameters_of,
    requested_outputs,
    require_few_tensors,
    require_few_values,
    require_short_id,
)
from fraud_transformer.transactions.strict_json import load

_ADVICE: Final = 'Send {"inputs": [{"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]}, ...]}.'
_OUTPUTS: Final = (
    "The outputs that were asked for, else all: fraud_probability (FP32, null where degraded), prediction "
    "and decision (BYTES); transaction_id (BYTES) where that input was sent; and explanation (BYTES, each "
    "the JSON of an Explanation, or {} where degraded) where the parameter explain is true."
)
_MAX_DIMENSIONS: Final = 8
_OF_REQUESTS: Final = frozenset({EXPLAIN, CONTENT_TYPE, ALL_WANTED})
_OF_INPUTS: Final = frozenset({SIZE, CONTENT_TYPE})
_OF_OUTPUTS: Final = frozenset({WANTED})
_NAMES: Final = frozenset({"id", "inputs", "model_name", "model_version", "outputs", "parameters"})
_INPUT_NAMES: Final = frozenset({"data", "datatype", "name", "parameters", "shape"})
_OUTPUT_NAMES: Final = frozenset({"data", "datatype", "name", "parameters", "shape"})


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class InputTensor(_Message):
    """An input with its values, flat or nested as its shape; or with `binary_data_size`, and raw."""

    name: str
    datatype: str
    shape: Annotated[list[int], FailFast(), Field(max_length=_MAX_DIMENSIONS)]
    data: list[Any] | None = None
    parameters: dict[str, Any] | None = None

    @cached_property
    def given(self) -> dict[str, Any]:
        """The parameters that say something; raises `MalformedRequest`."""
        return given(self.parameters, _OF_INPUTS, f"input {self.name[:64]!r}")


class RequestedOutput(_Message):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] | None = None

    @cached_property
    def raw(self) -> bool | None:
        """Whether it is to be raw, None where it does not say; raises `MalformedRequest`."""
        return truth(given(self.parameters, _OF_OUTPUTS, f"output {self.name[:64]!r}"), WANTED)


class InferRequest(_Message):
    """Body of an inference request."""

    id: str | None = None
    parameters: dict[str, Any] | None = None
    inputs: Annotated[list[InputTensor], FailFast(), Field(min_length=1)]
    outputs: Annotated[list[RequestedOutput], FailFast()] | None = None

    @cached_property
    def given(self) -> dict[str, Any]:
        """The parameters that say something; raises `MalformedRequest`."""
        return given(self.parameters, _OF_REQUESTS, "the request")

    @property
    def wants_explanation(self) -> bool:
        """Whether the parameter `explain` is true; raises `MalformedRequest` where it is no boolean."""
        return truth(self.given, EXPLAIN) is True

    def tensors(self, raw: bytes, max_rows: int) -> list[Tensor]:
        """The inputs with flat values, which lie in the JSON or in the raw bytes after it.

        Raises:
            MalformedRequest: an input has its values nowhere or twice, or asks for what is not offered, or
                see `raw_contents`.
            InvalidTransaction: raw bytes are no whole number of values.
            RequestTooLarge: an input has more than `max_rows` values.
        """
        names = [each.name for each in self.inputs]
        contents = raw_contents(names, [each.given for each in self.inputs], raw)
        common = content_type(self.given)
        return [
            Tensor(
                each.name,
                each.datatype,
                tuple(each.shape),
                _values(each, content, max_rows),
                content_type(each.given) or (common if each.datatype in STRINGS else None),
            )
            for each, content in zip(self.inputs, contents, strict=True)
        ]

    def wants_raw(self, output: str) -> bool:
        """Whether an output is to be raw: as it says itself, else as the request says for all."""
        own = {each.name: each.raw for each in self.outputs or ()}.get(output)
        return (truth(self.given, ALL_WANTED) if own is None else own) is True

    def output_names(self) -> tuple[str, ...]:
        """The outputs to answer with; raises `InvalidTransaction` for an unknown or repeated one."""
        return requested_outputs(
            [each.name for each in self.inputs],
            [each.name for each in self.outputs or ()],
            explained=self.wants_explanation,
        )


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
    require_short_id(request.id or "")
    for output in request.outputs or ():
        output.raw  # noqa: B018 - refused before the work, where it asks for what is not offered
    return request


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


def _values(tensor: InputTensor, content: bytes | None, max_rows: int) -> Sequence[Any]:
    if (tensor.data is None) == (content is None):
        raise MalformedRequest(f"Input {tensor.name[:64]!r} must have either data or {SIZE}.")
    if content is not None:
        return raw_tensors.decode(tensor.datatype, content, max_rows)
    data = tensor.data or []
    require_few_values(tensor.name, len(data), max_rows)
    return _flat(data, max_rows)


def _flat(data: list[Any], max_rows: int) -> list[Any]:
    """`[[1], [2]]` as `[1, 2]`; deeper nesting stays, and is refused as a value. One more than is taken."""
    if data and all(isinstance(each, list) for each in data):
        return list(islice(chain.from_iterable(data), max_rows + 1))
    return data
