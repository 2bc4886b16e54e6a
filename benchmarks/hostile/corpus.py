"""Hostile requests of every kind: routes, protocols, encodings and shapes, filled up to a size."""

import gzip
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

JSON: Final = {"content-type": "application/json"}
LINES: Final = {"content-type": "application/x-ndjson"}
RAW: Final = {"content-type": "application/octet-stream"}
PREDICT: Final = "/predict"
BATCH: Final = "/predict/batch"
V1: Final = "/v1/models/fraud:predict"
INFER: Final = "/v2/models/fraud/infer"
ROWS: Final = 20_000
"""Transactions that one request may have."""
_ROW: Final = b'{"amt":245.5,"hour":14,"day_of_week":3,"category":"travel"}'
_UNFOLDED: Final = 1_000
"""Times that what is sent folded is larger unfolded."""


@dataclass(frozen=True)
class HttpCase:
    """One request over HTTP."""

    name: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class GrpcCase:
    """One message of a call over gRPC."""

    name: str
    message: bytes
    predictor: bool = False
    """Whether it goes to the predictor's port instead of the front's."""


def _filled(head: bytes, part: bytes, tail: bytes, size: int, between: bytes = b",") -> bytes:
    """`part` between `head` and `tail`, as often as `size` holds."""
    count = max(1, (size - len(head) - len(tail)) // (len(part) + len(between)))
    return head + between.join([part] * count) + tail


def _numbered(head: bytes, part: bytes, tail: bytes, size: int) -> bytes:
    """As `_filled`, of parts with a number in each (`%d`)."""
    count = max(1, (size - len(head) - len(tail)) // (len(part) + 5))
    return head + b",".join([part % number for number in range(count)]) + tail


def columns(rows: int) -> bytes:
    """Transactions in columns, each of a category that training never saw: the largest answers there are."""
    values = {"amt": "1", "hour": "1", "day_of_week": "1", "category": '"zz"'}
    lists = ",".join(f'"{name}":[{",".join([value] * rows)}]' for name, value in values.items())
    return f'{{"columns":{{{lists}}}}}'.encode()


def _shapes(size: int) -> Iterator[tuple[str, str, bytes]]:
    """Name, route and body of JSON requests."""
    for route, name in ((BATCH, b"transactions"), (V1, b"instances")):
        opened = b'{"%s":[' % name
        yield "empty rows", route, _filled(opened, b"{}", b"]}", size)
        yield "numbers as rows", route, _filled(opened, b"1", b"]}", size)
        yield "valid rows", route, _filled(opened, _ROW, b"]}", size)
        yield "wrong rows", route, _filled(opened, _ROW.replace(b"14", b"99"), b"]}", size)
        yield "unknown fields", route, _numbered(opened + b"{", b'"f%d":0', b"}]}", size)
        yield "nested rows", route, opened + b"[" * size
    yield "columns", BATCH, _filled(b'{"columns":{"amt":[', b"1", b"]}}", size)
    yield "long string", PREDICT, _filled(b'{"category":"', b"x", b'"}', size, b"")
    yield "escapes", PREDICT, _filled(b'{"category":"', b"\\u0000", b'"}', size, b"")
    yield "long number", PREDICT, _filled(b'{"amt":', b"9", b"}", size, b"")
    yield "long fraction", PREDICT, _filled(b'{"amt":0.', b"1", b"}", size, b"")
    yield "distinct names", PREDICT, _numbered(b"{", b'"n%d":0', b"}", size)
    yield "one name", PREDICT, _filled(b"{", b'"amt":1', b"}", size)
    yield "nested lists", PREDICT, b"[" * size
    yield "nested objects", PREDICT, _filled(b"", b'{"a":', b"", size, b"")
    yield "blanks", PREDICT, b" " * (size - len(_ROW)) + _ROW
    yield "no JSON", PREDICT, bytes(size)
    yield "empty inputs", INFER, _filled(b'{"inputs":[', b"{}", b"]}", size)
    yield "named outputs", INFER, _filled(b'{"inputs":[],"outputs":[', b'{"name":"decision"}', b"]}", size)
    yield "unknown outputs", INFER, _numbered(b'{"inputs":[],"outputs":[', b'{"name":"o%d"}', b"]}", size)
    yield "long shape", INFER, _filled(b'{"inputs":[{"name":"amt","shape":[', b"1", b"]}]}", size)
    tensor = b'{"inputs":[{"name":"amt","datatype":"FP64","shape":[%d],"data":['
    yield "one tensor", INFER, _filled(tensor % (size // 2), b"1", b"]}]}", size)
    yield "nested data", INFER, tensor % 1 + b"[" * size
    yield "parameters", INFER, _numbered(b'{"inputs":[],"parameters":{', b'"p%d":1', b"}}", size)


def http_cases(size: int) -> Iterator[HttpCase]:
    """Requests whose wire bytes, or unfolded bytes where they are folded, are about `size`."""
    for name, route, body in _shapes(size):
        yield HttpCase(name, route, body, JSON)
        folded = {**JSON, "content-encoding": "gzip"}
        yield HttpCase(f"{name}, gzip", route, gzip.compress(body, 6), folded)
    yield HttpCase("valid rows, explained", f"{BATCH}?explain=true", _explained(), JSON)
    for name, line in (
        ("lines", _ROW),
        ("blank lines", b""),
        ("broken lines", b"{"),
        ("nested lines", b"[" * 512),
    ):
        body = _filled(b"", line, b"\n", size, b"\n")
        yield HttpCase(name, BATCH, body, LINES)
        yield HttpCase(f"{name}, gzip", BATCH, gzip.compress(body, 6), {**LINES, "content-encoding": "gzip"})
    for name, body in _folded_lines(size):
        yield HttpCase(name, BATCH, body, {**LINES, "content-encoding": "gzip"})
    for kind, route in ((JSON, PREDICT), (LINES, BATCH), (RAW, INFER)):
        bomb = gzip.compress(bytes(min(size, 64 << 10) * _UNFOLDED), 9)
        yield HttpCase("gzip bomb", route, bomb, {**kind, "content-encoding": "gzip"})
        members = _filled(b"", gzip.compress(b""), b"", size, b"")
        yield HttpCase("gzip members", route, members, {**kind, "content-encoding": "gzip"})
    yield HttpCase("raw zeros", INFER, bytes(size), {**RAW, "inference-header-content-length": "0"})
    yield HttpCase("long length", INFER, b"{}", {**RAW, "inference-header-content-length": "9" * 5_000})
    yield HttpCase("long path", "/" + "x" * min(size, 30_000), b"", method="GET")
    yield HttpCase("long query", "/health?" + "a=1&" * min(size // 4, 7_000), b"", method="GET")
    yield HttpCase(
        "many headers", "/health", b"", {f"x-{n}": "1" for n in range(min(size // 10, 2_500))}, "GET"
    )
    yield HttpCase("odd method", PREDICT, b"", method="SEARCH")


def _folded_lines(size: int) -> Iterator[tuple[str, bytes]]:
    """Name and body of streams that have `size` bytes folded."""
    chance = random.Random(0)  # noqa: S311 - no secret is made of it
    rows = [_ROW.replace(b"245.5", b"%d" % chance.randrange(10**6)) for _ in range(size // 4)]
    folded = gzip.compress(b"\n".join(rows), 6)
    yield "many lines, gzip", gzip.compress(b"\n".join(rows[: len(rows) * size // len(folded)]), 6)
    long = _ROW.replace(b"{", b"{" + b" " * 8_000) + b"\n"
    noise = chance.randbytes(size - size // 12).replace(b"\n", b" ")
    yield (
        "long lines, gzip",
        gzip.compress(noise + b"\n", 1) + gzip.compress(long * (60 * size // len(long)), 9),
    )


def _explained() -> bytes:
    return _filled(b'{"transactions":[', _ROW, b"]}", 100 * (len(_ROW) + 1) + 20)


def grpc_cases(size: int) -> Iterator[GrpcCase]:
    """Messages of about `size` bytes."""
    repeated: Mapping[str, bytes] = {
        "inputs": b"\x2a\x00",
        "outputs": b"\x32\x00",
        "raw contents": b"\x3a\x00",
    }
    for name, part in repeated.items():
        yield GrpcCase(f"empty {name}", part * (size // len(part)))
    yield GrpcCase("parameters", b"".join(b"\x22\x07\x0a\x05%05x" % number for number in range(size // 9)))
    yield GrpcCase("no message", b"\xff" * size)
    for name, make in _MESSAGES.items():
        yield GrpcCase(name, make(size).SerializeToString())


def _long_name(size: int) -> pb.ModelInferRequest:
    return pb.ModelInferRequest(model_name="fraud" + "x" * size)


def _unknown_outputs(size: int) -> pb.ModelInferRequest:
    outputs = [pb.ModelInferRequest.InferRequestedOutputTensor(name=f"o{n}") for n in range(size // 12)]
    return pb.ModelInferRequest(model_name="fraud", outputs=outputs)


def _long_shape(size: int) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    request.inputs.add(name="amt", datatype="FP64", shape=[1] * size)
    return request


def _bytes_contents(size: int) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    request.inputs.add(name="category", datatype="BYTES", shape=[size // 2]).contents.bytes_contents.extend(
        [b""] * (size // 2)
    )
    return request


def _varints(size: int) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    request.inputs.add(name="hour", datatype="INT64", shape=[size]).contents.int64_contents.extend([1] * size)
    return request


_MESSAGES: Final[Mapping[str, Callable[[int], pb.ModelInferRequest]]] = {
    "long name": _long_name,
    "unknown outputs": _unknown_outputs,
    "long shape": _long_shape,
    "bytes contents": _bytes_contents,
    "varints": _varints,
}


def call() -> bytes:
    """The message of a payment over gRPC as others send it."""
    request = pb.ModelInferRequest(model_name="fraud")
    for name, datatype, contents in (
        ("amt", "FP64", pb.InferTensorContents(fp64_contents=[245.5])),
        ("hour", "INT64", pb.InferTensorContents(int64_contents=[14])),
        ("day_of_week", "INT64", pb.InferTensorContents(int64_contents=[3])),
        ("category", "BYTES", pb.InferTensorContents(bytes_contents=[b"travel"])),
    ):
        request.inputs.add(name=name, datatype=datatype, shape=[1], contents=contents)
    return bytes(request.SerializeToString())


def payment() -> bytes:
    """The body of a payment as others send it."""
    return json.dumps(json.loads(_ROW)).encode()
