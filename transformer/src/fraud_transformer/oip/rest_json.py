"""Open Inference Protocol as JSON, with raw tensors or without (`POST /v2/models/fraud/infer`)."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fraud_contract.errors import MalformedRequest
from fraud_contract.oip import MODEL_NAME
from fraud_transformer.decisions.answers import Answers
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.rest_binary import ALL_WANTED, SIZE, WANTED, raw_contents
from fraud_transformer.oip.tensors import (
    OUTPUTS,
    Tensor,
    explanation_wanted,
    output_values,
    parameters_of,
    requested_outputs,
)


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class InputTensor(_Message):
    """An input with its values, flat or nested as its shape; or with `binary_data_size`, and raw."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | None = None
    parameters: dict[str, Any] = {}


class RequestedOutput(_Message):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(_Message):
    """Body of an inference request."""

    id: str | None = None
    parameters: dict[str, Any] = {}
    inputs: list[InputTensor] = Field(min_length=1)
    outputs: list[RequestedOutput] = []

    @property
    def wants_explanation(self) -> bool:
        """Whether the parameter `explain` is true; raises `MalformedRequest` where it is no boolean."""
        return explanation_wanted(self.parameters.get("explain"))

    def tensors(self, raw: bytes) -> list[Tensor]:
        """The inputs with flat values, which lie in the JSON or in the raw bytes after it.

        Raises:
            MalformedRequest: an input has its values nowhere or twice, or see `raw_contents`.
            InvalidTransaction: raw bytes are no whole number of values.
        """
        names = [each.name for each in self.inputs]
        contents = raw_contents(names, [each.parameters for each in self.inputs], raw)
        return [
            Tensor(each.name, each.datatype, tuple(each.shape), _values(each, content))
            for each, content in zip(self.inputs, contents, strict=True)
        ]

    def wants_raw(self, output: str) -> bool:
        """Whether an output is to be raw: as it says itself, else as the request says for all."""
        own = {each.name: each.parameters.get(WANTED) for each in self.outputs}
        wanted = own.get(output)
        return (self.parameters.get(ALL_WANTED) if wanted is None else wanted) is True

    def output_names(self) -> tuple[str, ...]:
        """The outputs to answer with; raises `InvalidTransaction` for an unknown one."""
        return requested_outputs(
            [each.name for each in self.inputs],
            [each.name for each in self.outputs],
            explained=self.wants_explanation,
        )


_REQUEST: Final = TypeAdapter(InferRequest)


def parse_infer(body: bytes) -> InferRequest:
    """The request in a JSON body; raises `MalformedRequest`."""
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:128]
        where = f" at {place}" if place else ""
        raise MalformedRequest(
            f"The body is no inference request{where}: {first['msg'][:200]}. "
            'Send {"inputs": [{"name": "amt", "datatype": "FP64", "shape": [1], "data": [245.5]}, ...]}.'
        ) from None


def infer_response(
    request: InferRequest, release: str, answers: Answers
) -> tuple[dict[str, Any], list[bytes]]:
    """The answer's JSON object, and the raw data of the outputs that are to be raw."""
    outputs: list[dict[str, Any]] = []
    raw: list[bytes] = []
    for name in request.output_names():
        values = output_values(name, answers)
        output = {"name": name, "datatype": OUTPUTS[name], "shape": [len(answers)]}
        if request.wants_raw(name):
            raw.append(raw_tensors.encode(OUTPUTS[name], values))
            outputs.append(output | {"parameters": {SIZE: len(raw[-1])}})
        else:
            outputs.append(output | {"data": values})
    content = {
        "model_name": MODEL_NAME,
        "model_version": answers.model_version,
        **({} if request.id is None else {"id": request.id}),
        "parameters": parameters_of(release, answers),
        "outputs": outputs,
    }
    return content, raw


def _values(tensor: InputTensor, content: bytes | None) -> Sequence[Any]:
    if (tensor.data is None) == (content is None):
        raise MalformedRequest(f"Input {tensor.name[:64]!r} must have either data or {SIZE}.")
    return _flat(tensor.data or []) if content is None else raw_tensors.decode(tensor.datatype, content)


def _flat(data: list[Any]) -> list[Any]:
    """`[[1], [2]]` as `[1, 2]`; deeper nesting stays, and is refused as a value."""
    if data and all(isinstance(each, list) for each in data):
        return list(chain.from_iterable(data))
    return data
