"""Fields of a message are counted before it is parsed, as far as each costs more to parse than to send."""

import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import RequestTooLarge
from fraud_serving.grpc.fields import MAX_FIELDS, require_few_fields

KIND = pb.ModelInferRequest.DESCRIPTOR
ROWS = 20_000


def tensor(**contents: list[bytes]) -> pb.ModelInferRequest.InferInputTensor:
    return pb.ModelInferRequest.InferInputTensor(
        name="category", datatype="BYTES", shape=[ROWS], contents=pb.InferTensorContents(**contents)
    )


def parameters(number: int) -> dict[str, pb.InferParameter]:
    return {str(each): pb.InferParameter(int64_param=each) for each in range(number)}


def test_as_many_rows_tensors_and_parameters_as_may_be_are_few_fields() -> None:
    inputs = [tensor(bytes_contents=[b"x"] * ROWS)] * 5
    request = pb.ModelInferRequest(model_name="fraud", parameters=parameters(64), inputs=inputs)
    for each in (*request.inputs, *(request.outputs.add(name="decision") for _ in range(5))):
        for name, value in parameters(64).items():
            each.parameters[name].CopyFrom(value)
    require_few_fields(request.SerializeToString(), KIND)


@pytest.mark.parametrize(
    "request_",
    [
        pb.ModelInferRequest(inputs=[{}] * (MAX_FIELDS + 1)),
        pb.ModelInferRequest(outputs=[{}] * (MAX_FIELDS + 1)),
        pb.ModelInferRequest(raw_input_contents=[b""] * (MAX_FIELDS + 1)),
        pb.ModelInferRequest(parameters=parameters(MAX_FIELDS + 1)),
        pb.ModelInferRequest(inputs=[{"parameters": parameters(MAX_FIELDS // 2)}] * 2),
    ],
    ids=["inputs", "outputs", "raw contents", "parameters", "parameters of inputs"],
)
def test_more_are_refused(request_: pb.ModelInferRequest) -> None:
    with pytest.raises(RequestTooLarge, match="more than 1024 fields"):
        require_few_fields(request_.SerializeToString(), KIND)


def test_fields_that_no_message_of_this_kind_has_are_counted_as_well() -> None:
    for field in (b"\x78\x01", b"\x79" + bytes(8), b"\x7d" + bytes(4), b"\x7b", b"\x7c"):
        require_few_fields(field * MAX_FIELDS, KIND)
        with pytest.raises(RequestTooLarge):
            require_few_fields(field * (MAX_FIELDS + 1), KIND)


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 1_000_000, b"\x2a", b"\x2a\xff", b"\x2a\x05\x08", b"\x0a\x7f"]
)
def test_what_is_no_message_or_cut_off_is_left_to_the_parser(content: bytes) -> None:
    require_few_fields(content, KIND)
