"""Sends one hostile request, and returns what became of it."""

import contextlib
import http.client
from dataclasses import dataclass

import grpc

from benchmarks.hostile.corpus import GrpcCase, HttpCase
from benchmarks.hostile.targets import TIMEOUT, Target

MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"


@dataclass(frozen=True)
class Reply:
    """What became of a request."""

    status: str
    """Of the answer, or what became of the connection."""
    size: int = 0
    """Bytes of the answer's body."""


def send(target: Target, case: HttpCase | GrpcCase) -> Reply:
    """The reply, whole."""
    return _call(target, case) if isinstance(case, GrpcCase) else _request(target, case)


def _call(target: Target, case: GrpcCase) -> Reply:
    options = [("grpc.max_receive_message_length", -1)]
    port = (target.processes[-1] if case.predictor else target.front).grpc_port
    address = f"127.0.0.1:{port}"
    with grpc.insecure_channel(address, options=options) as channel:
        try:
            channel.unary_unary(MODEL_INFER)(case.message, timeout=TIMEOUT)
        except grpc.RpcError as error:
            return Reply(str(error.code().name))
        return Reply("OK")


def _request(target: Target, case: HttpCase) -> Reply:
    client = target.client(target.front.http_port)
    with contextlib.suppress(OSError, http.client.HTTPException):  # where it is refused before all was sent
        client.request(case.method, case.path, case.body, dict(case.headers))
    try:
        answer = client.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return Reply(type(error).__name__)
    finally:
        client.close()
    return Reply(str(answer.status), len(body))
