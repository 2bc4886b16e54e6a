"""A caller's id comes back with whatever its transaction is answered, and with nothing else."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.clients.load import GOOD
from support.clients.raw_inputs import raw_request
from support.clients.streams import stream
from support.processes import Process, Start, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

OWN = GOOD | {"transaction_id": "T-1"}
LINES = [OWN, GOOD, {"amt": -1, "transaction_id": "T-2"}, GOOD | {"transaction_id": "T-3"}]
DATATYPES = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
PATHS = ["/predict", "/predict/", "/predict?explain=true"]
Told = tuple[int, str, str | None]
"""Status, code and transaction id of a refusal."""


@pytest.fixture(scope="module")
def refusing(folders: Folders) -> Iterator[Process]:
    """A process that refuses unknown categories."""
    with started() as start:
        process = start(
            "fraud_standalone",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            UNKNOWN_CATEGORY="refuse",
        )
        process.wait_ready()
        yield process


@pytest.fixture(scope="module")
def bereft(folders: Folders) -> Iterator[Process]:
    """A transformer whose predictor went away."""
    with started() as start:
        predictor = start("fraud_predictor", MODEL_DIR=folders.model)
        process = transformer(start, folders, predictor)
        predictor.popen.kill()
        predictor.popen.wait()
        yield process


def transformer(start: Start, folders: Folders, predictor: Process, **settings: object) -> Process:
    """A ready transformer of that predictor."""
    process = start_transformer(
        start,
        folders,
        predictor.grpc_port,
        **settings,
    )
    process.wait_ready()
    return process


def refused(process: Process, path: str, content: object) -> Told:
    response = httpx.post(f"{process.url}{path}", json=content, timeout=240)
    body = response.json()
    return response.status_code, body["code"], body.get("transaction_id")


@pytest.mark.parametrize("path", PATHS)
def test_an_error_without_a_predictor_names_the_transaction(bereft: Process, path: str) -> None:
    assert (503, "predictor_away", "T-1") == refused(bereft, path, OWN)
    assert (503, "predictor_away", None) == refused(bereft, path, GOOD)
    assert (503, "predictor_away", None) == refused(bereft, "/predict/batch", {"transactions": [OWN]})


def test_an_error_at_the_deadline_names_the_transaction(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    process = transformer(start, folders, predictor, DEADLINE=0.3)
    predictor.popen.send_signal(signal.SIGSTOP)
    late = (504, "deadline_exceeded", "T-1")
    assert late == refused(process, "/predict", OWN)
    eventually(lambda: late == refused(process, "/predict?explain=true", OWN), seconds=10)


@pytest.mark.parametrize("path", PATHS)
def test_a_refused_category_names_the_transaction(refusing: Process, path: str) -> None:
    assert (422, "invalid", "T-1") == refused(refusing, path, OWN | {"category": "zoo"})
    assert (422, "invalid", None) == refused(refusing, path, GOOD | {"category": "zoo"})


@pytest.mark.parametrize("content", [OWN | {"hour": 99}, {"transaction_id": "T-1"}, [OWN]])
def test_what_cannot_be_read_has_no_id(refusing: Process, content: object) -> None:
    response = httpx.post(f"{refusing.url}/predict", json=content)
    assert response.status_code in {400, 422}
    assert {"error", "code", "details"} == set(response.json())


async def test_lines_that_could_be_read_and_not_be_decided_name_their_transactions(bereft: Process) -> None:
    told = await stream(bereft, b"".join(json.dumps(each).encode() + b"\n" for each in LINES))
    assert [
        ("predictor_away", 1, "T-1"),
        ("predictor_away", 2, None),
        ("invalid", 3, None),
        ("predictor_away", 4, "T-3"),
    ] == [(each["code"], each["line"], each.get("transaction_id")) for each in told]


def json_inputs(rows: list[dict[str, Any]], ids: list[str] | None) -> list[dict[str, Any]]:
    values = {name: [row[name] for row in rows] for name in DATATYPES}
    datatypes = DATATYPES
    if ids is not None:
        values, datatypes = values | {"transaction_id": ids}, datatypes | {"transaction_id": "BYTES"}
    return [
        {"name": name, "datatype": datatypes[name], "shape": [len(rows)], "data": each}
        for name, each in values.items()
    ]


@pytest.mark.parametrize(
    ("ids", "wanted", "expected"),
    [
        (["T-1", "T-2"], [], ["T-1", "T-2"]),
        (["T-1", "T-2"], ["decision", "transaction_id"], ["T-1", "T-2"]),
        (["T-1", "T-2"], ["decision"], None),
        (None, [], None),
    ],
    ids=["sent", "named", "not named", "not sent"],
)
class TestOpenInferenceProtocol:
    """The output `transaction_id` is there exactly when the input is, and it is asked for."""

    def test_as_json(
        self, standalone: Process, ids: list[str] | None, wanted: list[str], expected: list[str] | None
    ) -> None:
        content = {"inputs": json_inputs([GOOD] * 2, ids), "outputs": [{"name": name} for name in wanted]}
        response = httpx.post(f"{standalone.url}/v2/models/fraud/infer", json=content).json()
        outputs = {each["name"]: each for each in response["outputs"]}
        assert expected == outputs.get("transaction_id", {}).get("data")
        assert expected is None or ("BYTES", [2]) == (
            outputs["transaction_id"]["datatype"],
            outputs["transaction_id"]["shape"],
        )
        assert not wanted or wanted == list(outputs)

    def test_as_raw_bytes(
        self, standalone: Process, ids: list[str] | None, wanted: list[str], expected: list[str] | None
    ) -> None:
        raw = {
            each["name"]: (each["datatype"], encoded(each["datatype"], each["data"]))
            for each in json_inputs([GOOD] * 2, ids)
        }
        body, headers = raw_request(raw, 2, binary_data_output=True)
        length = int(headers["inference-header-content-length"])
        head = json.loads(body[:length]) | {"outputs": [{"name": name} for name in wanted]}
        told = json.dumps(head).encode()
        headers["inference-header-content-length"] = str(len(told))
        url = f"{standalone.url}/v2/models/fraud/infer"
        response = httpx.post(url, content=told + body[length:], headers=headers)
        end = int(response.headers["inference-header-content-length"])
        outputs, position = {}, end
        for each in json.loads(response.content[:end])["outputs"]:
            size = each["parameters"]["binary_data_size"]
            outputs[each["name"]] = response.content[position : position + size]
            position += size
        packed = outputs.get("transaction_id")
        assert expected == (None if packed is None else texts(packed))
        assert not wanted or wanted == list(outputs)

    @pytest.mark.parametrize("raw", [False, True], ids=["typed", "raw"])
    def test_over_grpc(
        self,
        standalone: Process,
        ids: list[str] | None,
        wanted: list[str],
        expected: list[str] | None,
        raw: bool,
    ) -> None:
        request = pb.ModelInferRequest(model_name="fraud")
        for each in json_inputs([GOOD] * 2, ids):
            tensor = request.inputs.add(name=each["name"], datatype=each["datatype"], shape=[2])
            if raw:
                request.raw_input_contents.append(encoded(each["datatype"], each["data"]))
            elif each["datatype"] == "FP64":
                tensor.contents.fp64_contents.extend(each["data"])
            elif each["datatype"] == "INT64":
                tensor.contents.int64_contents.extend(each["data"])
            else:
                tensor.contents.bytes_contents.extend(text.encode() for text in each["data"])
        for name in wanted:
            request.outputs.add(name=name)
        with grpc.insecure_channel(f"127.0.0.1:{standalone.grpc_port}") as channel:
            response = stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
        names = [each.name for each in response.outputs]
        told = None
        if "transaction_id" in names:
            place = names.index("transaction_id")
            packed = response.outputs[place].contents.bytes_contents
            own = [each.decode() for each in packed]
            told = texts(response.raw_output_contents[place]) if raw else own
            assert "BYTES" == response.outputs[place].datatype
        assert expected == told
        assert not wanted or wanted == names


def encoded(datatype: str, values: list[Any]) -> bytes:
    """Values as the protocol has them raw."""
    if datatype != "BYTES":
        return np.asarray(values, {"FP64": "<f8", "INT64": "<i8"}[datatype]).tobytes()
    return b"".join(len(each.encode()).to_bytes(4, "little") + each.encode() for each in values)


def texts(packed: bytes) -> list[str]:
    """Strings that the protocol has raw."""
    told = []
    while packed:
        size = int.from_bytes(packed[:4], "little")
        told.append(packed[4 : 4 + size].decode())
        packed = packed[4 + size :]
    return told


def test_an_id_that_was_not_sent_cannot_be_asked_for(standalone: Process) -> None:
    content = {"inputs": json_inputs([GOOD], None), "outputs": [{"name": "transaction_id"}]}
    told = httpx.post(f"{standalone.url}/v2/models/fraud/infer", json=content)
    assert (422, True) == (told.status_code, "transaction_id" in told.json()["error"])


def test_an_error_of_one_row_in_the_open_inference_protocol_names_the_transaction(bereft: Process) -> None:
    path = "/v2/models/fraud/infer"
    assert (503, "predictor_away", "T-1") == refused(bereft, path, {"inputs": json_inputs([GOOD], ["T-1"])})
    assert (503, "predictor_away", None) == refused(
        bereft, path, {"inputs": json_inputs([GOOD] * 2, ["T-1", "T-2"])}
    )
