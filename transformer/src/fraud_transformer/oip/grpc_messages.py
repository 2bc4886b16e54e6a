"""Open Inference Protocol over gRPC (`inference.GRPCInferenceService/ModelInfer`)."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final, cast

from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import InvalidTransaction
from fraud_contract.oip import MODEL_NAME
from fraud_transformer.decisions.answers import Answers
from fraud_transformer.limits import MAX_PARAMETERS
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.parameters import (
    CONTENT_TYPE,
    EXPLAIN,
    content_type,
    given,
    truth,
)
from fraud_transformer.oip.tensors import (
    OUTPUTS,
    STRINGS,
    Tensor,
    output_values,
    parameters_of,
    requested_outputs,
    require_few_tensors,
    require_few_values,
    require_short_id,
)

_MAX_DIMENSIONS: Final = 8
_OF_REQUESTS: Final = frozenset({EXPLAIN, CONTENT_TYPE})
_OF_INPUTS: Final = frozenset({CONTENT_TYPE})
_OF_OUTPUTS: Final = frozenset[str]()

_CONTENTS: Final = {
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "BYTES": "bytes_contents",
}


def tensors_of(request: pb.ModelInferRequest, max_rows: int) -> list[Tensor]:
    """The request's inputs, raw or typed.

    Raises:
        MalformedRequest: the id is too long, or a parameter asks for what is not offered.
        InvalidTransaction: there are more inputs or outputs than names for them, or they contradict
            themselves.
        RequestTooLarge: an input has more than `max_rows` values; they are not decoded.
    """
    require_few_tensors(len(request.inputs), len(request.outputs))
    require_short_id(request.id)
    for output in request.outputs:
        _given(output.parameters, _OF_OUTPUTS, f"output {output.name[:64]!r}")
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        raise InvalidTransaction(f"{len(request.inputs)} inputs with {len(raw)} raw contents.")
    common = content_type(_given(request.parameters, _OF_REQUESTS, "the request"))
    return [
        Tensor(
            each.name,
            each.datatype,
            tuple(each.shape[:_MAX_DIMENSIONS]),
            _values(each, raw[index] if raw else None, max_rows),
            content_type(_given(each.parameters, _OF_INPUTS, f"input {each.name[:64]!r}"))
            or (common if each.datatype in STRINGS else None),
        )
        for index, each in enumerate(request.inputs)
    ]


def wants_explanation(request: pb.ModelInferRequest) -> bool:
    """Whether the parameter `explain` is true; raises `MalformedRequest` where it is no boolean."""
    return truth(_given(request.parameters, _OF_REQUESTS, "the request"), EXPLAIN) is True


def output_names(request: pb.ModelInferRequest) -> tuple[str, ...]:
    """The outputs to answer with; raises `InvalidTransaction` for an unknown or repeated one."""
    require_few_tensors(len(request.inputs), len(request.outputs))
    return requested_outputs(
        [each.name for each in request.inputs],
        [each.name for each in request.outputs],
        explained=wants_explanation(request),
    )


def infer_response(
    request: pb.ModelInferRequest, names: Sequence[str], answers: Answers
) -> pb.ModelInferResponse:
    """The answer, raw where the request was raw."""
    response = pb.ModelInferResponse(
        model_name=MODEL_NAME,
        model_version=answers.model_version,
        id=request.id,
        parameters={
            name: pb.InferParameter(string_param=value)
            for name, value in cast("Mapping[str, str]", parameters_of(answers)).items()
        },
    )
    for name in names:
        values = output_values(name, answers)
        output = response.outputs.add(name=name, datatype=OUTPUTS[name], shape=[len(answers)])
        if request.raw_input_contents:
            response.raw_output_contents.append(raw_tensors.encode(OUTPUTS[name], values))
        elif OUTPUTS[name] == "FP32":
            output.contents.fp32_contents.extend(values)
        else:
            output.contents.bytes_contents.extend(value.encode() for value in values)
    return response


def _values(tensor: Any, raw: bytes | None, max_rows: int) -> Sequence[Any]:  # noqa: ANN401 - protobuf's own
    fields = [field.name for field, _ in tensor.contents.ListFields()]
    if raw is not None:
        if fields:
            raise InvalidTransaction(f"Input tensor {tensor.name[:64]!r} has both raw and typed contents.")
        return raw_tensors.decode(tensor.datatype, raw, max_rows)
    own = _CONTENTS.get(tensor.datatype)
    if others := [field for field in fields if field != own]:
        raise InvalidTransaction(
            f"Input tensor {tensor.name[:64]!r} is {tensor.datatype[:16]!r} and has {', '.join(others)}; "
            f"{f'its values go into {own}' if own else 'it must be sent raw'}."
        )
    if own is None:
        return ()
    values = getattr(tensor.contents, own)
    require_few_values(tensor.name, len(values), max_rows)
    return list(values)


def _given(parameters: Mapping[str, Any], known: frozenset[str], where: str) -> dict[str, Any]:
    """The parameters that say something, as Python's values."""
    names = islice(parameters, MAX_PARAMETERS + 1)  # one more than is taken
    values = {name: (parameters[name], parameters[name].WhichOneof("parameter_choice")) for name in names}
    said = {name: getattr(value, choice) for name, (value, choice) in values.items() if choice}
    return given(said, known, where)
