"""Inference requests in JSON and gRPC: what asks for something is done or refused, the rest unread."""

import base64
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestError, RequestTooLarge
from fraud_transformer.oip import grpc_messages
from fraud_transformer.oip.rest_json import parse_infer, tensors_of
from fraud_transformer.oip.tensors import columns_of
from fraud_transformer.transactions.parsing import Payment

type Message = dict[str, Any]

GOOD = Payment(amt=245.5, hour=14, day_of_week=3, category="travel")
FIELDS = {
    "FP64": "fp64_contents",
    "FP32": "fp32_contents",
    "INT64": "int64_contents",
    "BYTES": "bytes_contents",
}


def tensor(name: str, datatype: str, value: object, **more: object) -> Message:
    return {"name": name, "datatype": datatype, "shape": [1], "data": [value], **more}


def message(*changed: Message, **more: object) -> Message:
    """A good request with some inputs in the place of those of their names."""
    inputs = {
        each["name"]: each
        for each in (
            tensor("amt", "FP64", 245.5),
            tensor("hour", "INT64", 14),
            tensor("day_of_week", "INT64", 3),
            tensor("category", "BYTES", "travel"),
            *changed,
        )
    }
    return {"inputs": list(inputs.values()), **more}


def from_json(content: Message) -> list[Payment]:
    request = parse_infer(json.dumps(content).encode())
    request.output_names()
    return columns_of(tensors_of(request, b"", 10), 10).transactions()


def parameters_of(given: Mapping[str, Any] | None) -> dict[str, pb.InferParameter]:
    kinds = {bool: "bool_param", int: "int64_param", str: "string_param"}
    return {
        name: pb.InferParameter(**({} if value is None else {kinds[type(value)]: value}))
        for name, value in (given or {}).items()
    }


def to_grpc(content: Message) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(
        id=content.get("id") or "", parameters=parameters_of(content.get("parameters"))
    )
    for each in content["inputs"]:
        values = [value.encode() if isinstance(value, str) else value for value in each["data"]]
        request.inputs.add(
            name=each["name"],
            datatype=each["datatype"],
            shape=each["shape"],
            parameters=parameters_of(each.get("parameters")),
            contents=pb.InferTensorContents(**{FIELDS[each["datatype"]]: values}),
        )
    for each in content.get("outputs") or ():
        request.outputs.add(name=each["name"], parameters=parameters_of(each.get("parameters")))
    return request


def from_grpc(content: Message) -> list[Payment]:
    return read(to_grpc(content))


def read(request: pb.ModelInferRequest) -> list[Payment]:
    parsed, contents = grpc_messages.parse_infer(request)
    columns = columns_of(parsed.tensors(contents, 10), 10)
    parsed.output_names()
    return columns.transactions()


NOTATIONS = {"JSON": from_json, "gRPC": from_grpc}
both = pytest.mark.parametrize("transactions_of", NOTATIONS.values(), ids=NOTATIONS)


@pytest.mark.parametrize(
    "nulls",
    [
        {"id": None},
        {"parameters": None},
        {"parameters": {"explain": None, "binary_data_output": None, "content_type": None, "explan": None}},
        {"outputs": None},
        {"outputs": [{"name": "decision", "parameters": None}]},
        {"outputs": [{"name": "decision", "parameters": {"binary_data": None}}]},
        {"inputs": [each | {"parameters": None} for each in message()["inputs"]]},
        {"inputs": [each | {"parameters": {"binary_data_size": None}} for each in message()["inputs"]]},
        {"id": None, "parameters": None, "outputs": None, "model_name": None, "model_version": None},
    ],
    ids=str,
)
@both
def test_null_is_as_left_out(nulls: Message, transactions_of: Callable[[Message], list[Payment]]) -> None:
    assert [GOOD] == transactions_of(message() | nulls)


@pytest.mark.parametrize("ids", [None, [None], ["p-1"]])
def test_an_id_may_be_null(ids: list[str | None] | None) -> None:
    if ids is None:
        with pytest.raises(MalformedRequest, match="either data or binary_data_size"):
            from_json(message(tensor("transaction_id", "BYTES", "") | {"data": None}))
        return
    [transaction] = from_json(message(tensor("transaction_id", "BYTES", ids[0])))
    assert ids[0] == transaction.transaction_id


@pytest.mark.parametrize("datatype", ["FP64", "FP32"])
@both
def test_whole_hours_and_days_may_be_floats(
    datatype: str, transactions_of: Callable[[Message], list[Payment]]
) -> None:
    floats = message(tensor("hour", datatype, 14.0), tensor("day_of_week", datatype, 3.0))
    assert [GOOD] == transactions_of(floats)
    with pytest.raises(InvalidTransaction, match="hour: must be an integer"):
        transactions_of(message(tensor("hour", datatype, 14.5)))


def test_an_amount_of_16_bits_is_what_its_type_holds() -> None:
    assert 245.5 == from_json(message(tensor("amt", "FP16", 245.5)))[0].amt
    assert float.fromhex("0x1.998p-4") == from_json(message(tensor("amt", "FP16", 0.1)))[0].amt
    raw = [struct.pack("<e", 0.1), *(struct.pack("<q", each) for each in (14, 3)), b"\6\0\0\0travel"]
    request = pb.ModelInferRequest(raw_input_contents=raw)
    for name, datatype in (
        ("amt", "FP16"), ("hour", "INT64"), ("day_of_week", "INT64"), ("category", "BYTES")
    ):  # fmt: skip
        request.inputs.add(name=name, datatype=datatype, shape=[1])
    assert float.fromhex("0x1.998p-4") == read(request)[0].amt
    del request.raw_input_contents[:]
    with pytest.raises(InvalidTransaction, match="amt says shape"):
        read(request)


@pytest.mark.parametrize("content_type", ["base64", "str", "np", "pd"])
@pytest.mark.parametrize("place", ["input", "request"])
@both
def test_content_types_are_honoured(
    content_type: str, place: str, transactions_of: Callable[[Message], list[Payment]]
) -> None:
    text = base64.b64encode(b"travel").decode() if content_type == "base64" else "travel"
    said = {"parameters": {"content_type": content_type}}
    if place == "input":
        content = message(tensor("category", "BYTES", text, **said))
    else:
        content = message(tensor("category", "BYTES", text), **said)
    assert [GOOD] == transactions_of(content)


@both
def test_an_input_says_better_than_the_request(
    transactions_of: Callable[[Message], list[Payment]],
) -> None:
    category = tensor("category", "BYTES", "travel", parameters={"content_type": "str"})
    own = tensor("transaction_id", "BYTES", base64.b64encode("é-1".encode()).decode())
    [transaction] = transactions_of(message(category, own, parameters={"content_type": "base64"}))
    assert ("travel", "é-1") == (transaction.category, transaction.transaction_id)


REFUSED: dict[str, tuple[Message, str]] = {
    "another content type": (message(parameters={"content_type": "datetime"}), "'datetime' is unknown"),
    "another content type of an input": (
        message(tensor("category", "BYTES", "travel", parameters={"content_type": "hex"})),
        "'hex' is unknown",
    ),
    "a content type that is a number": (message(parameters={"content_type": 64}), "'64' is unknown"),
    "what is no base64": (
        message(tensor("category", "BYTES", "no base64!", parameters={"content_type": "base64"})),
        "no base64",
    ),
    "base64 of numbers": (
        message(tensor("hour", "INT64", 14, parameters={"content_type": "base64"})),
        "content_type base64 is for BYTES",
    ),
    "base64 of other bytes": (
        message(tensor("category", "BYTES", "//8=", parameters={"content_type": "base64"})),
        "no UTF-8",
    ),
    "a misspelt parameter": (message(parameters={"explan": True}), "Is 'explain' meant"),
    "a parameter in capitals": (message(parameters={"Explain": True}), "Is 'explain' meant"),
    "a misspelt parameter of an input": (
        message(tensor("hour", "INT64", 14, parameters={"content-type": "base64"})),
        "Is 'content_type' meant",
    ),
    "a sequence": (message(parameters={"sequence_id": 4}), "'sequence_id' of the request is not offered"),
    "shared memory": (
        message(tensor("hour", "INT64", 14, parameters={"shared_memory_region": "x"})),
        "is not offered",
    ),
    "classification": (
        message(outputs=[{"name": "decision", "parameters": {"classification": 2}}]), "is not offered"
    ),
    "an input's explanation": (
        message(tensor("hour", "INT64", 14, parameters={"explain": True})),
        "of input 'hour' belongs to the request as a whole",
    ),
    "an output's explanation": (
        message(outputs=[{"name": "decision", "parameters": {"explain": True}}]),
        "of output 'decision' belongs to the request as a whole",
    ),
    "many parameters": (message(parameters={f"p{each}": 1 for each in range(65)}), "at most 64"),
    "explain that is no boolean": (message(parameters={"explain": "true"}), "explain is true or false"),
    "an output twice": (message(outputs=[{"name": "decision"}] * 2), "asked for twice"),
    "an output ten thousand times": (message(outputs=[{"name": "decision"}] * 10_000), "10000 outputs"),
    "an unknown output": (message(outputs=[{"name": "x" * 10_000}]), f"Output {'x' * 64} is unknown"),
    "many unknown outputs": (message(outputs=[{"name": "x" * 9}] * 10_000), "10000 outputs"),
    "an input twice": ({"inputs": [*message()["inputs"], tensor("amt", "FP64", 1.5)]}, "there twice"),
    "many inputs": ({"inputs": message()["inputs"] * 1_000}, "4000 inputs"),
    "a long id": (message(id="x" * 1_025), "longer than 1024"),
    "many values": (message(tensor("amt", "FP64", 1.5) | {"data": [1.5] * 11}), "holds 11 values"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
@both
def test_what_is_not_done_is_refused_by_name(
    content: Message, said: str, transactions_of: Callable[[Message], list[Payment]]
) -> None:
    with pytest.raises(RequestError, match=said) as refused:
        transactions_of(content)
    assert len(refused.value.message) < 500


@both
def test_a_callers_own_parameters_go_unread(
    transactions_of: Callable[[Message], list[Payment]],
) -> None:
    own = tensor("category", "BYTES", "travel", parameters={"source": "till 4"})
    assert [GOOD] == transactions_of(message(own, parameters={"caller": "a test"}))


@pytest.mark.parametrize("content", [{"parameters": {"binary_data_output": "yes"}}, {"outputs": [
    {"name": "decision", "parameters": {"binary_data": 1}}]}])  # fmt: skip
def test_wishes_for_raw_outputs_are_true_or_false(content: Message) -> None:
    with pytest.raises(MalformedRequest, match="is true or false"):
        parse_infer(json.dumps(message(**content)).encode()).wants_raw("decision")


@pytest.mark.parametrize("value", [["str"], {"str": 1}, [], [[]] * 1_000])
def test_a_content_type_that_is_no_string_is_refused(value: object) -> None:
    for content in (
        message(parameters={"content_type": value}),
        message(tensor("category", "BYTES", "travel", parameters={"content_type": value})),
    ):
        with pytest.raises(MalformedRequest, match="content_type is no string"):
            tensors_of(parse_infer(json.dumps(content).encode()), b"", 10)


def test_an_object_of_a_request_that_names_a_member_twice_is_refused() -> None:
    body = json.dumps(message()).encode()
    for once, twice in (
        (b'"shape": [1]', b'"shape": [2], "shape": [1]'),
        (b'{"inputs"', b'{"inputs": [], "inputs"'),
        (b'"data": [14]', b'"dat\\u0061": [15], "data": [14]'),
        (b'"data": [14]', b'"data": [14], "parameters": {"x": {"y": 1, "y": 2}}'),
    ):
        with pytest.raises(MalformedRequest, match="twice in one object"):
            parse_infer(body.replace(once, twice, 1))


def test_raw_and_typed_contents_of_one_request_are_refused() -> None:
    request = to_grpc(message())
    request.raw_input_contents.extend([b"\0" * 8] * 4)
    with pytest.raises(InvalidTransaction, match="both raw and typed"):
        read(request)


def test_contents_of_another_type_are_refused() -> None:
    request = to_grpc(message())
    request.inputs[0].contents.fp32_contents.append(9.5)
    with pytest.raises(InvalidTransaction, match="has fp32_contents; its values go into fp64_contents"):
        read(request)


def test_more_raw_values_than_are_taken_are_not_decoded() -> None:
    request = pb.ModelInferRequest(raw_input_contents=[b"\0" * 11])
    request.inputs.add(name="hour", datatype="INT8", shape=[11])
    with pytest.raises(RequestTooLarge):
        read(request)


def test_many_outputs_are_refused_before_they_are_looked_at() -> None:
    request = to_grpc(message(outputs=[{"name": f"{number:064}"} for number in range(5_000)]))
    with pytest.raises(InvalidTransaction, match="5000 outputs") as refused:
        grpc_messages.parse_infer(request)
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"explain": True}, "The request says 'explain', which belongs into its parameters"),
        ({"content_type": "base64"}, "The request says 'content_type', which belongs into its parameters"),
        (
            {"output": [{"name": "decision"}]},
            "The request says 'output', which is unknown. Is 'outputs' meant",
        ),
        ({"parameter": {"explain": True}}, "Is 'parameters' meant"),
        ({"instances": [{}]}, "The request says 'instances', which is not of this protocol"),
        ({f"x{number}": 1 for number in range(65)}, "The request has 65 unknown names"),
        (
            {"outputs": [{"name": "decision", "binary_data": True}]},
            "outputs.0 says 'binary_data', which belongs",
        ),
        (
            {"inputs": [tensor("category", "BYTES", "travel", content_type="base64")]},
            "inputs.0 says 'content_type', which belongs into its parameters",
        ),
        ({"inputs": [tensor("amt", "FP64", 1.5, parameter={})]}, "inputs.0 says 'parameter'"),
    ],
)
def test_what_stands_in_the_wrong_place_is_refused_by_name(said: Message, told: str) -> None:
    with pytest.raises(MalformedRequest, match=told):
        from_json(message() | said)


def test_other_names_of_a_request_go_unread() -> None:
    named = message(model_name="fraud", model_version="1", trace="abc", explain=None)
    assert [GOOD] == from_json(named)
    assert [GOOD] == from_json(message(tensor("hour", "INT64", 14, unit="h")))
