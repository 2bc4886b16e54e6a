"""Health, readiness and metrics for the kubelet and Prometheus, on a port that callers never reach.

KServe's own app serves these too, and beside them model unloading and inference without our limits; so
it is not exposed.
"""

from kserve import Model
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fraud_contract.errors import Overloaded
from fraud_contract.oip import MODEL_NAME
from fraud_serving.http_status import status_of
from fraud_serving.telemetry.exposition import Exposition


def probes(model: Model) -> Starlette:
    """An app with `/live`, `/ready`, `/metrics` and the Open Inference Protocol's health paths."""
    exposition = Exposition(REGISTRY)

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> JSONResponse:
        return JSONResponse({"name": MODEL_NAME, "ready": model.ready}, 200 if model.ready else 503)

    async def metrics(_: Request) -> Response:
        try:
            return Response(await exposition.text(), media_type=CONTENT_TYPE_LATEST)
        except Overloaded as error:
            return JSONResponse(error.body(), status_of(error))

    return Starlette(
        routes=[
            Route("/live", live),
            Route("/ready", ready),
            Route("/metrics", metrics),
            Route("/v2/health/live", live),
            Route("/v2/health/ready", ready),
            Route(f"/v2/models/{MODEL_NAME}/ready", ready),
        ]
    )
