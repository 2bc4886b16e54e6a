"""Sends one hostile request, and returns what became of it."""

import contextlib
import http.client

import grpc

from benchmarks.hostile.corpus import GrpcCase, HttpCase
from benchmarks.hostile.targets import TIMEOUT, Target

MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"


def send(target: Target, case: HttpCase | GrpcCase) -> str:
    """The status of the answer, or what became of the connection."""
    return _call(target, case) if isinstance(case, GrpcCase) else _request(target, case)


def _call(target: Target, case: GrpcCase) -> str:
    options = [("grpc.max_receive_message_length", -1)]
    port = (target.processes[-1] if case.predictor else target.front).grpc_port
    address = f"127.0.0.1:{port}"
    with grpc.insecure_channel(address, options=options) as channel:
        try:
            channel.unary_unary(MODEL_INFER)(case.message, timeout=TIMEOUT)
        except grpc.RpcError as error:
            return str(error.code().name)
        return "OK"


def _request(target: Target, case: HttpCase) -> str:
    client = target.client(target.front.http_port)
    with contextlib.suppress(OSError, http.client.HTTPException):  # where it is refused before all was sent
        client.request(case.method, case.path, case.body, dict(case.headers))
    try:
        answer = client.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        client.close()
    return str(answer.status)
