"""Clients that send payments all the time, and lose none unnoticed."""

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
import httpx
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.processes import Process

GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
_BODY = json.dumps(GOOD)
_JSON = {"content-type": "application/json"}
_PROPAGATION = 0.1
"""Seconds from a failed readiness probe to the last request: what endpoints take to be updated."""


def tensors(transaction_id: str | None = None) -> pb.ModelInferRequest:
    """`GOOD` in the Open Inference Protocol, with an id if one is given."""
    tensor, contents = pb.ModelInferRequest.InferInputTensor, pb.InferTensorContents
    request = pb.ModelInferRequest(
        model_name="fraud",
        inputs=[
            tensor(name="amt", datatype="FP64", shape=[1], contents=contents(fp64_contents=[245.5])),
            tensor(name="hour", datatype="INT64", shape=[1], contents=contents(int64_contents=[14])),
            tensor(name="day_of_week", datatype="INT64", shape=[1], contents=contents(int64_contents=[3])),
            tensor(
                name="category", datatype="BYTES", shape=[1], contents=contents(bytes_contents=[b"travel"])
            ),
        ],
    )
    if transaction_id is not None:
        own = contents(bytes_contents=[transaction_id.encode()])
        request.inputs.add(name="transaction_id", datatype="BYTES", shape=[1], contents=own)
    return request


@dataclass
class Load:
    """What the clients of one process saw."""

    process: Process
    answers: Counter[str] = field(default_factory=Counter)
    """By status; `last` counts those that said `connection: close`."""
    lost: list[str] = field(default_factory=list)
    """Requests that got no answer, and why."""
    ended: threading.Event = field(default_factory=threading.Event)

    def over_http(self) -> None:
        """Send over one kept connection after the other."""
        while not self.ended.is_set():
            with contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", self.process.http_port, timeout=240)
            ) as connection:
                while self._post(connection):
                    pass

    def _post(self, connection: http.client.HTTPConnection) -> bool:
        """Whether the connection may be used again."""
        if self.ended.is_set():
            return False
        try:
            connection.request("POST", "/predict", _BODY, _JSON)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self.lost.append(f"http: {error!r}")
            return False
        self.answers[f"http {response.status}"] += 1
        self.answers["last"] += response.will_close
        return not response.will_close

    def over_grpc(self) -> None:
        """Send over one channel."""
        request = tensors()
        with grpc.insecure_channel(f"127.0.0.1:{self.process.grpc_port}") as channel:
            infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
            while not self.ended.is_set():
                try:
                    infer(request, timeout=240)
                except grpc.RpcError as error:
                    self.lost.append(f"grpc: {error.code()}")
                else:
                    self.answers["grpc 200"] += 1


@contextlib.contextmanager
def load(process: Process, clients: int = 2) -> Iterator[Load]:
    """Load on a ready process, from as many clients over HTTP and one over gRPC, until the context ends."""
    under = Load(process)
    threads = [threading.Thread(target=under.over_http) for _ in range(clients)]
    threads.append(threading.Thread(target=under.over_grpc))
    for thread in threads:
        thread.start()
    try:
        yield under
    finally:
        under.ended.set()
        for thread in threads:
            thread.join()


def terminate_under_load(process: Process, after: float) -> Load:
    """What clients saw of a SIGTERM `after` seconds; they go once the process is not ready any more."""
    with load(process) as under:
        deadline = time.monotonic() + 300
        while not (under.answers["http 200"] and under.answers["grpc 200"]) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after)
        process.popen.terminate()
        while httpx.get(process.ready_url, timeout=240).status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(_PROPAGATION)
    process.popen.communicate(timeout=300)
    return under
