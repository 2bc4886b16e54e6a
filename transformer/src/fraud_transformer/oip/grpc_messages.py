"""Open Inference Protocol over gRPC (`inference.GRPCInferenceService/ModelInfer`)."""

from collections.abc import Sequence
from typing import Any, Final

from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import InvalidTransaction
from fraud_contract.oip import MODEL_NAME
from fraud_transformer.decisions.answers import Answers
from fraud_transformer.oip import raw_tensors
from fraud_transformer.oip.tensors import (
    OUTPUTS,
    Tensor,
    explanation_wanted,
    output_values,
    parameters_of,
    requested_outputs,
)

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


def tensors_of(request: pb.ModelInferRequest) -> list[Tensor]:
    """The request's inputs, raw or typed; raises `InvalidTransaction` where they contradict themselves."""
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        raise InvalidTransaction(f"{len(request.inputs)} inputs with {len(raw)} raw contents.")
    return [
        Tensor(
            each.name,
            each.datatype,
            tuple(each.shape),
            raw_tensors.decode(each.datatype, raw[index]) if raw else _typed(each),
        )
        for index, each in enumerate(request.inputs)
    ]


def wants_explanation(request: pb.ModelInferRequest) -> bool:
    """Whether the parameter `explain` is true; raises `MalformedRequest` where it is no boolean."""
    if "explain" not in request.parameters:
        return False
    parameter = request.parameters["explain"]
    choice = parameter.WhichOneof("parameter_choice")
    return explanation_wanted(getattr(parameter, choice) if choice else None)


def output_names(request: pb.ModelInferRequest) -> tuple[str, ...]:
    """The outputs to answer with; raises `InvalidTransaction` for an unknown one."""
    return requested_outputs(
        [each.name for each in request.inputs],
        [each.name for each in request.outputs],
        explained=wants_explanation(request),
    )


def infer_response(
    request: pb.ModelInferRequest, names: Sequence[str], release: str, answers: Answers
) -> pb.ModelInferResponse:
    """The answer, raw where the request was raw."""
    response = pb.ModelInferResponse(
        model_name=MODEL_NAME,
        model_version=answers.model_version,
        id=request.id,
        parameters={
            name: pb.InferParameter(string_param=value)
            for name, value in parameters_of(release, answers).items()
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


def _typed(tensor: Any) -> Sequence[Any]:  # noqa: ANN401 - protobuf's generated class has no name to import
    field = _CONTENTS.get(tensor.datatype)
    return list(getattr(tensor.contents, field)) if field else ()
