"""An inference request of the Open Inference Protocol, whatever it arrived in (JSON or gRPC)."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, FailFast, Field

from fraud_contract.errors import MalformedRequest
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.parameters import (
    ALL_WANTED,
    CONTENT_TYPE,
    EXPLAIN,
    SIZE,
    WANTED,
    content_type,
    given,
    truth,
)
from fraud_transformer.oip.tensors import (
    STRINGS,
    Tensor,
    requested_outputs,
    require_few_values,
    require_short_id,
)

MAX_DIMENSIONS: Final = 8
_OF_REQUESTS: Final = frozenset({EXPLAIN, CONTENT_TYPE, ALL_WANTED})
_OF_INPUTS: Final = frozenset({SIZE, CONTENT_TYPE})
_OF_OUTPUTS: Final = frozenset({WANTED})


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class InputTensor(_Message):
    """An input with its values, flat or nested as its shape; or with `binary_data_size`, and raw."""

    name: str
    datatype: str
    shape: Annotated[list[int], FailFast(), Field(max_length=MAX_DIMENSIONS)]
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

    def require_sound(self) -> None:
        """Raise `MalformedRequest` for a long id, or an output that asks for what is not offered."""
        require_short_id(self.id or "")
        for output in self.outputs or ():
            output.raw  # noqa: B018 - which refuses it

    def tensors(self, contents: Sequence[bytes | None], max_rows: int) -> list[Tensor]:
        """The inputs with flat values, each its own or those of its raw `contents`.

        Raises:
            MalformedRequest: an input has its values nowhere or twice, or asks for what is not offered.
            InvalidTransaction: raw bytes are no whole number of values.
            RequestTooLarge: an input has more than `max_rows` values; they are not decoded.
        """
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
