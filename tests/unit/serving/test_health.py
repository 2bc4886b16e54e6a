"""Watchers of the health over gRPC: some at once, and none is kept out for as long as others like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1 import health_pb2_grpc

from fraud_serving.budget import Budget
from fraud_serving.grpc import health
from fraud_serving.grpc.arrivals import Arrivals

type Watch = grpc.aio.UnaryStreamCall[pb.HealthCheckRequest, pb.HealthCheckResponse]


@dataclass
class Model:
    ready: bool = True
    description: Any = None


@asynccontextmanager
async def stub() -> AsyncIterator[health_pb2_grpc.HealthStub]:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    handlers = health.Health(Model(), Arrivals(1 << 20, 10), Budget(1 << 20, "")).handlers()
    server.add_generic_rpc_handlers((handlers,))
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield health_pb2_grpc.HealthStub(channel)
    finally:
        await server.stop(None)


async def first(watch: Watch) -> int:
    return int((await watch.read()).status)


async def test_a_place_that_was_held_for_long_goes_to_who_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WATCHERS", 2)
    monkeypatch.setattr(health, "KEPT", 0.0)
    async with stub() as calls:
        watching = []
        for _ in range(3):
            watching.append(calls.Watch(pb.HealthCheckRequest()))
            assert pb.HealthCheckResponse.SERVING == await first(watching[-1])
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await first(watching[0])
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == ended.value.code()
        assert not any(each.done() for each in watching[1:])
        for each in watching[1:]:
            each.cancel()


async def test_places_taken_just_now_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WATCHERS", 2)
    async with stub() as calls:
        watching = [calls.Watch(pb.HealthCheckRequest()) for _ in range(2)]
        for each in watching:
            assert pb.HealthCheckResponse.SERVING == await first(each)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await first(calls.Watch(pb.HealthCheckRequest()))
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()
        assert not any(each.done() for each in watching)
        for each in watching:
            each.cancel()
