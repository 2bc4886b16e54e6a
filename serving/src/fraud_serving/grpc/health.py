"""Health of the one model over gRPC's health protocol (grpc.health.v1), as load balancers ask for it."""

import asyncio
from typing import Final

import grpc
from grpc_health.v1 import health_pb2 as pb

from fraud_contract.errors import FraudError
from fraud_serving.budget import Budget
from fraud_serving.grpc.arrivals import Arrivals
from fraud_serving.grpc.server import unary_handlers
from fraud_serving.grpc.service import SERVICE, Context, DescribedModel, refuse
from fraud_serving.places import NoPlace, Places

WATCHERS: Final = 64
"""Streams at once that wait for a change; they last for as long as their callers like."""
KEPT: Final = 5.0
"""Seconds for which a stream keeps its place from others, once all places are taken."""
_LOOK: Final = 0.5
"""Seconds between two looks at the model."""
_SERVICE: Final = pb.DESCRIPTOR.services_by_name["Health"]


class Health:
    """Reports whether the server, by the empty name, or its one service serves."""

    def __init__(self, model: DescribedModel, arrivals: Arrivals, untaken: Budget) -> None:
        self._model = model
        self._untaken = untaken
        self._arrivals = arrivals
        self._places = Places(WATCHERS, KEPT)

    def handlers(self) -> grpc.GenericRpcHandler:
        """What gRPC calls."""
        methods = unary_handlers(_SERVICE, ["Check"], self, self._arrivals, self._untaken)
        methods["Watch"] = grpc.stream_stream_rpc_method_handler(
            self.watch, response_serializer=pb.HealthCheckResponse.SerializeToString
        )
        return grpc.method_handlers_generic_handler(_SERVICE.full_name, methods)

    async def Check(self, request: pb.HealthCheckRequest, context: Context) -> pb.HealthCheckResponse:  # noqa: N802 - the protocol's name
        """SERVING as the model is ready; NOT_FOUND for another service."""
        if request.service not in {"", SERVICE.full_name}:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"No such service; there is {SERVICE.full_name}.")
        return self._now()

    async def watch(self, _: object, context: Context) -> None:
        """The status now and at each change, until the caller leaves; for another service SERVICE_UNKNOWN."""
        try:
            async with self._places.one():
                await self._changes(context)
        except NoPlace:
            # A load balancer that loses its place watches again, as after any connection that ends.
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"More than {WATCHERS} watch already.")
        except FraudError as error:
            await refuse(context, error)

    async def _changes(self, context: Context) -> None:
        request = await self._arrivals.required(context, pb.HealthCheckRequest)
        known = request.service in {"", SERVICE.full_name}
        reported = None
        while True:
            status = self._now() if known else _UNKNOWN
            if status != reported:
                await context.write(status)
                reported = status
            await asyncio.sleep(_LOOK)

    def _now(self) -> pb.HealthCheckResponse:
        return _SERVING if self._model.ready else _NOT_SERVING


_SERVING: Final = pb.HealthCheckResponse(status=pb.HealthCheckResponse.SERVING)
_NOT_SERVING: Final = pb.HealthCheckResponse(status=pb.HealthCheckResponse.NOT_SERVING)
_UNKNOWN: Final = pb.HealthCheckResponse(status=pb.HealthCheckResponse.SERVICE_UNKNOWN)
