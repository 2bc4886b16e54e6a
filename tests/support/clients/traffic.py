"""Payments at a steady rate through the gateway, HTTP and gRPC, none lost unnoticed."""

import contextlib
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.clients.load import tensors

_JSON: Final = {"content-type": "application/json"}
_CLIENTS: Final = 8


@dataclass(frozen=True)
class Answered:
    """One answer over HTTP."""

    at: float
    """`time.monotonic()` of its arrival."""
    seconds: float
    status: int
    body: bytes

    def json(self) -> Mapping[str, Any]:
        """The body's object."""
        content: Mapping[str, Any] = json.loads(self.body)
        return content


@dataclass
class Traffic:
    """What all clients saw."""

    payments: Sequence[Mapping[str, Any]]
    answers: list[Answered] = field(default_factory=list)
    grpc_answers: Counter[str] = field(default_factory=Counter)
    """By release, or by the error's code."""
    lost: list[str] = field(default_factory=list)
    """HTTP requests without an answer, and why."""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> int:
        """Requests so far."""
        return len(self.answers) + len(self.lost) + self.grpc_answers.total()

    @property
    def failed(self) -> list[str]:
        """Requests that were not answered with a decision."""
        wrong = [
            f"{each.status} {each.body[:200]!r}" for each in self.answers if each.status != http.client.OK
        ]
        return [*self.lost, *wrong, *(each for each in self.grpc_answers.elements() if each.isupper())]

    def releases(self, since: float = 0.0) -> Counter[str]:
        """HTTP answers that arrived after `since`, by the release that gave them."""
        return Counter(
            each.json()["release"]
            for each in self.answers
            if each.at >= since and each.status == http.client.OK
        )

    def over_http(self, address: str, pace: float, turn: int) -> None:
        """Send a payment every `pace` seconds over kept connections."""
        rows = itertools.cycle([*self.payments[turn:], *self.payments[:turn]])
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=240)
        with contextlib.closing(connection):
            while not self.ended.wait(pace):
                self._post(connection, json.dumps(next(rows)))

    def _post(self, connection: http.client.HTTPConnection, body: str) -> None:
        start = time.monotonic()
        try:
            connection.request("POST", "/predict/", body, _JSON)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.lost.append(repr(error))
            return
        now = time.monotonic()
        self.answers.append(Answered(now, now - start, response.status, answer))

    def over_grpc(self, address: str, pace: float) -> None:
        """Send a payment every `pace` seconds over one channel."""
        request = tensors()
        with grpc.insecure_channel(urlsplit(address).netloc) as channel:
            infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
            while not self.ended.wait(pace):
                try:
                    response = infer(request, timeout=240)
                except grpc.RpcError as error:
                    self.grpc_answers[error.code().name] += 1
                else:
                    self.grpc_answers[response.parameters["release"].string_param] += 1


@contextlib.contextmanager
def traffic(address: str, payments: Sequence[Mapping[str, Any]], rate: float = 60.0) -> Iterator[Traffic]:
    """Traffic of some `rate` requests a second while the block runs, one in nine over gRPC."""
    seen, pace = Traffic(payments), (_CLIENTS + 1) / rate
    callers = [
        threading.Thread(target=seen.over_http, args=(address, pace, turn)) for turn in range(_CLIENTS)
    ]
    with _calling(seen, [*callers, threading.Thread(target=seen.over_grpc, args=(address, pace))]):
        yield seen


@contextlib.contextmanager
def http_traffic(address: str, payments: Sequence[Mapping[str, Any]], rate: float) -> Iterator[Traffic]:
    """As `traffic`, over HTTP alone: where gRPC has another port."""
    seen, pace = Traffic(payments), _CLIENTS / rate
    with _calling(
        seen,
        [threading.Thread(target=seen.over_http, args=(address, pace, turn)) for turn in range(_CLIENTS)],
    ):
        yield seen


@contextlib.contextmanager
def _calling(seen: Traffic, callers: Sequence[threading.Thread]) -> Iterator[None]:
    for each in callers:
        each.start()
    try:
        yield
    finally:
        seen.ended.set()
        for each in callers:
            each.join()
