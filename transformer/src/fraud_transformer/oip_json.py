"""Open Inference Protocol as JSON (`POST /v2/models/fraud/infer`)."""

from itertools import chain
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fraud_contract.errors import MalformedRequest
from fraud_contract.oip import MODEL_NAME
from fraud_transformer.answers import Answers
from fraud_transformer.tensors import OUTPUTS, Tensor, output_values, parameters_of, requested_outputs


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class InputTensor(_Message):
    """An input with its values, flat or nested as its shape."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any]
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
        """Whether the parameter `explain` is true."""
        return self.parameters.get("explain") is True

    def tensors(self) -> list[Tensor]:
        """The inputs with flat values."""
        return [Tensor(each.name, each.datatype, tuple(each.shape), _flat(each.data)) for each in self.inputs]

    def output_names(self) -> tuple[str, ...]:
        """The outputs to answer with; raises `InvalidTransaction` for an unknown one."""
        return requested_outputs([each.name for each in self.outputs], explained=self.wants_explanation)


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


def infer_response(request: InferRequest, release: str, answers: Answers) -> dict[str, Any]:
    """The answer's JSON object."""
    return {
        "model_name": MODEL_NAME,
        "model_version": answers.model_version,
        **({} if request.id is None else {"id": request.id}),
        "parameters": parameters_of(release, answers),
        "outputs": [
            {
                "name": name,
                "datatype": OUTPUTS[name],
                "shape": [len(answers)],
                "data": output_values(name, answers),
            }
            for name in request.output_names()
        ],
    }


def _flat(data: list[Any]) -> list[Any]:
    """`[[1], [2]]` as `[1, 2]`; deeper nesting stays, and is refused as a value."""
    if data and all(isinstance(each, list) for each in data):
        return list(chain.from_iterable(data))
    return data
