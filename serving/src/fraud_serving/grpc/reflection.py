"""What the server speaks, over gRPC's reflection protocol, so that grpcurl and others need no .proto."""

from collections.abc import AsyncIterator
from typing import Final

import grpc
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2 as pb
from grpc_reflection.v1alpha.reflection import aio

from fraud_contract.errors import FraudError, RequestTooLarge
from fraud_serving.budget import Budget
from fraud_serving.grpc.arrivals import Arrivals
from fraud_serving.grpc.service import SERVICE, Context, refuse

_STREAMS: Final = 8
"""At once."""
_QUESTIONS: Final = 100
"""Of one stream; grpcurl asks some five."""
_QUESTION: Final = 1_024
"""Bytes; answers repeat it."""
_SERVICE: Final = pb.DESCRIPTOR.services_by_name["ServerReflection"]
_NAMES: Final = (
    SERVICE.full_name,
    health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
    _SERVICE.full_name,
)


class Reflection:
    """Answers questions about services and messages, a few streams at once."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._answers = aio.ReflectionServicer(_NAMES)
        self._streams = Budget(
            _STREAMS, f"More than {_STREAMS} streams of reflection are open. Try again in a second."
        )

    def handlers(self) -> grpc.GenericRpcHandler:
        """What gRPC calls."""
        handler = grpc.stream_stream_rpc_method_handler(
            self._answered, response_serializer=pb.ServerReflectionResponse.SerializeToString
        )
        return grpc.method_handlers_generic_handler(_SERVICE.full_name, {"ServerReflectionInfo": handler})

    async def _answered(self, _: object, context: Context) -> None:
        try:
            with self._streams.holding():
                async for answer in self._answers.ServerReflectionInfo(self._questions(context), context):
                    await context.write(answer)
        except FraudError as error:
            await refuse(context, error)

    async def _questions(self, context: Context) -> AsyncIterator[pb.ServerReflectionRequest]:
        for _ in range(_QUESTIONS):
            question = await self._arrivals.message(context, pb.ServerReflectionRequest)
            if question is None:
                return
            if question.ByteSize() > _QUESTION:
                raise RequestTooLarge(f"A question has at most {_QUESTION} bytes.")
            yield question
        raise RequestTooLarge(f"A stream has at most {_QUESTIONS} questions. Open another.")
