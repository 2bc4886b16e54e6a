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
from fraud_transformer.oip.requests import MAX_DIMENSIONS, InferRequest, InputTensor, RequestedOutput
from fraud_transformer.oip.tensors import OUTPUTS, output_values, parameters_of, require_few_tensors

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


def parse_infer(message: pb.ModelInferRequest) -> tuple[InferRequest, list[bytes | None]]:
    """The request in a message, and each input's raw contents, None for one that is typed.

    Raises:
        MalformedRequest: the id is too long, or an output asks for what is not offered.
        InvalidTransaction: there are more inputs or outputs than names for them, or they contradict
            themselves.
    """
    require_few_tensors(len(message.inputs), len(message.outputs))
    raw = message.raw_input_contents
    if raw and len(raw) != len(message.inputs):
        raise InvalidTransaction(f"{len(message.inputs)} inputs with {len(raw)} raw contents.")
    request = InferRequest.model_construct(
        id=message.id,
        parameters=_said(message.parameters),
        inputs=[
            InputTensor.model_construct(
                name=each.name,
                datatype=each.datatype,
                shape=each.shape[:MAX_DIMENSIONS],
                data=_typed(each, is_raw=bool(raw)),
                parameters=_said(each.parameters),
            )
            for each in message.inputs
        ],
        outputs=[
            RequestedOutput.model_construct(name=each.name, parameters=_said(each.parameters))
            for each in message.outputs
        ],
    )
    request.require_sound()
    return request, list(raw) or [None] * len(message.inputs)


def infer_response(
    message: pb.ModelInferRequest, names: Sequence[str], answers: Answers
) -> pb.ModelInferResponse:
    """The answer, raw where the request was raw."""
    response = pb.ModelInferResponse(
        model_name=MODEL_NAME,
        model_version=answers.model_version,
        id=message.id,
        parameters={
            name: pb.InferParameter(string_param=value)
            for name, value in cast("Mapping[str, str]", parameters_of(answers)).items()
        },
    )
    for name in names:
        values = output_values(name, answers)
        output = response.outputs.add(name=name, datatype=OUTPUTS[name], shape=[len(answers)])
        if message.raw_input_contents:
            response.raw_output_contents.append(raw_tensors.encode(OUTPUTS[name], values))
        elif OUTPUTS[name] == "FP32":
            output.contents.fp32_contents.extend(values)
        else:
            output.contents.bytes_contents.extend(value.encode() for value in values)
    return response


def _typed(tensor: Any, *, is_raw: bool) -> Any:  # noqa: ANN401 - protobuf's own
    """The values of an input as they lie in the message; None for one with raw contents."""
    fields = [field.name for field, _ in tensor.contents.ListFields()]
    if is_raw:
        if fields:
            raise InvalidTransaction(f"Input tensor {tensor.name[:64]!r} has both raw and typed contents.")
        return None
    own = _CONTENTS.get(tensor.datatype)
    if others := [field for field in fields if field != own]:
        raise InvalidTransaction(
            f"Input tensor {tensor.name[:64]!r} is {tensor.datatype[:16]!r} and has {', '.join(others)}; "
            f"{f'its values go into {own}' if own else 'it must be sent raw'}."
        )
    return () if own is None else getattr(tensor.contents, own)


def _said(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that say something, as Python's values; of too many, one more than is taken."""
    names = islice(parameters, MAX_PARAMETERS + 1)
    values = {name: (parameters[name], parameters[name].WhichOneof("parameter_choice")) for name in names}
    return {name: getattr(value, choice) for name, (value, choice) in values.items() if choice}
