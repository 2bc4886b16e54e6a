"""Answers over gRPC that their callers do not take are bounded in bytes and in time."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import grpc
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import Overloaded
from fraud_serving.budget import Budget
from fraud_serving.grpc import server as grpc_side
from fraud_serving.grpc.arrivals import Arrivals
from fraud_serving.grpc.service import CODE, SERVICE, Context, refuse
from fraud_serving.settings import ServingSettings
from support.clients.http2 import Connection
from support.processes import free_port

LARGE: Final = pb.ModelInferRequest(id="large")
SMALL: Final = pb.ModelInferRequest()
MIB: Final = 1 << 20


class Servicer:
    """Answers with a MiB where it is asked for a large answer."""

    def __init__(self) -> None:
        self.answered = asyncio.Semaphore(0)

    async def ModelInfer(self, request: pb.ModelInferRequest, _: Context) -> pb.ModelInferResponse:  # noqa: N802 - the protocol's name
        self.answered.release()
        return pb.ModelInferResponse(raw_output_contents=[bytes(MIB if request.id else 1)])


@asynccontextmanager
async def served(
    untaken: int = grpc_side.MAX_UNTAKEN,
) -> AsyncIterator[tuple[int, Servicer, grpc.aio.UnaryUnaryMultiCallable[object, object]]]:
    """Port, servicer and a well-behaved caller of a server."""
    port, servicer = free_port(), Servicer()
    server = grpc_side.grpc_server(ServingSettings(host="127.0.0.1", grpc_port=port), 100, None, ())
    budget = Budget(untaken, "Too many answers.")
    handlers = grpc_side.unary_handlers(SERVICE, ["ModelInfer"], servicer, Arrivals(MIB, 10), budget)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.full_name, handlers),))
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield (
            port,
            servicer,
            channel.unary_unary(
                f"/{SERVICE.full_name}/ModelInfer",
                request_serializer=pb.ModelInferRequest.SerializeToString,
                response_deserializer=pb.ModelInferResponse.FromString,
            ),
        )
    await server.stop(0)


async def test_unread_large_answers_block_only_large_answers() -> None:
    async with served(3 * MIB) as (port, servicer, call):
        hostile = await asyncio.to_thread(Connection.to, port, 0)
        for _ in range(8):
            await asyncio.to_thread(hostile.ask, LARGE.SerializeToString())
            await servicer.answered.acquire()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(LARGE, timeout=60)
        assert grpc.StatusCode.UNAVAILABLE == refused.value.code()
        assert (CODE, Overloaded.code) in tuple(refused.value.trailing_metadata())
        await call(SMALL, timeout=60)
        hostile.socket.close()
        async with asyncio.timeout(60):
            while True:  # until gRPC has noticed
                try:
                    await call(LARGE, timeout=60)
                except grpc.aio.AioRpcError:
                    await asyncio.sleep(0.05)
                else:
                    break


async def test_max_connection_age_closes_connections_without_losing_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grpc_side, "AGE", 0.5)
    monkeypatch.setattr(grpc_side, "FAREWELL", 0.5)
    async with served() as (port, servicer, call):
        hostile = await asyncio.to_thread(Connection.to, port, 0)
        await asyncio.to_thread(hostile.ask, LARGE.SerializeToString())
        await servicer.answered.acquire()
        gone = asyncio.create_task(asyncio.to_thread(_until_closed, hostile))
        while not gone.done():
            await call(LARGE, timeout=60)
        await gone
        hostile.socket.close()


def _until_closed(connection: Connection) -> None:
    while True:
        connection.receive(60)
        if connection.closed and not connection.socket.recv(1 << 16):
            return


async def test_a_refused_call_holds_its_request_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Work:
        """What a method works with."""

    working, gone = list[weakref.ref[Work]](), asyncio.Semaphore(0)

    async def refusing(_: object, __: object, context: Context) -> None:
        work = Work()
        working.append(weakref.ref(work, lambda _: gone.release()))
        await refuse(context, Overloaded("Too much."))

    monkeypatch.setattr(Servicer, "ModelInfer", refusing)
    gc.collect()
    gc.disable()
    try:
        async with served() as (_, __, call):
            for _ in range(3):
                with pytest.raises(grpc.aio.AioRpcError):
                    await call(SMALL)
            async with asyncio.timeout(60):  # the server may end its side of a call behind the caller
                for _ in range(3):
                    await gone.acquire()
            assert [None] * 3 == [each() for each in working]
    finally:
        gc.enable()
