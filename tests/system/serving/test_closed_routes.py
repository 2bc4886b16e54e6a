"""What stock KServe opens to every caller and we do not: its own list of routes, tried on every port."""

import functools

import grpc
import httpx
import pytest
from fastapi import FastAPI
from kserve import ModelRepository
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer

from fraud_transformer.docs.openapi import describe
from support.processes import Pair, Process

GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
PROBES = {"/metrics", "/v2/health/live", "/v2/health/ready", "/v2/models/fraud/ready"}
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@functools.cache
def stock_routes() -> frozenset[tuple[str, str]]:
    """Method and path of every route that KServe's own server would have."""
    repository = ModelRepository()
    rest = RESTServer(
        "kserve.model_server:app", DataPlane(repository), ModelRepositoryExtension(repository), 1
    )
    app = FastAPI()
    rest._register_endpoints(app)
    routes = {(method, path) for path, item in app.openapi()["paths"].items() for method in item}
    return frozenset(
        (method.upper(), path.format(model_name="fraud", model_version="1")) for method, path in routes
    )


def ports(pair: Pair, standalone: Process) -> dict[str, tuple[int, set[tuple[str, str]]]]:
    """The HTTP ports of every process, and what each of them is meant to serve."""
    public = {(method.upper(), path) for path, item in describe()["paths"].items() for method in item}
    probes = {("GET", path) for path in PROBES}
    predictor, transformer = pair
    return {
        "transformer": (transformer.http_port, public),
        "transformer's admin": (transformer.admin_port, probes),
        "predictor": (predictor.http_port, probes),
        "standalone": (standalone.http_port, public),
        "standalone's admin": (standalone.admin_port, probes),
    }


def test_the_list_holds_what_must_be_closed() -> None:
    assert ("POST", "/v2/repository/models/fraud/unload") in stock_routes()
    assert ("POST", "/v2/repository/models/fraud/load") in stock_routes()
    assert ("GET", "/metrics") in stock_routes()


def test_no_port_has_a_route_of_stock_kserve_that_it_does_not_mean_to_have(
    pair: Pair, standalone: Process
) -> None:
    opened = {}
    for name, (port, meant) in ports(pair, standalone).items():
        paths = {path for _, path in stock_routes()}
        tried = stock_routes() | {(method, path) for path in paths for method in CHANGING}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=240) as client:
            for method, path in sorted(tried - meant):
                status = client.request(method, path, json={} if method in CHANGING else None).status_code
                if status not in {404, 405}:
                    opened[name, method, path] = status
    assert {} == opened
    for process in (pair[1], standalone):
        assert httpx.post(f"{process.url}/predict", json=GOOD).status_code == 200


@pytest.mark.parametrize("call", ["RepositoryModelLoad", "RepositoryModelUnload"])
def test_the_models_cannot_be_changed_over_grpc(call: str, pair: Pair, standalone: Process) -> None:
    for process in (*pair, standalone):
        with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
            request = getattr(pb, f"{call}Request")(model_name="fraud")
            with pytest.raises(grpc.RpcError) as refused:
                getattr(stubs.GRPCInferenceServiceStub(channel), call)(request, timeout=240)
            assert grpc.StatusCode.UNIMPLEMENTED == refused.value.code()
    assert httpx.post(f"{pair[1].url}/predict", json=GOOD).status_code == 200
