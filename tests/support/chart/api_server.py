"""An API server that only answers questions: as much as Helm asks while it renders for a cluster."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from helm.render import Object

_PLURALS: Final = {
    ("apps/v1", "Deployment"): "deployments",
    ("gateway.networking.k8s.io/v1", "Gateway"): "gateways",
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): "httproutes",
    ("networking.k8s.io/v1", "NetworkPolicy"): "networkpolicies",
    ("policy/v1", "PodDisruptionBudget"): "poddisruptionbudgets",
    ("serving.kserve.io/v1alpha1", "ClusterStorageContainer"): "clusterstoragecontainers",
    ("serving.kserve.io/v1beta1", "InferenceService"): "inferenceservices",
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Pod"): "pods",
    ("v1", "Service"): "services",
    ("v1", "ServiceAccount"): "serviceaccounts",
}
_CLUSTER_SCOPED: Final = frozenset({"ClusterStorageContainer"})


@contextmanager
def answering(objects: Iterable[Object], folder: Path) -> Iterator[Path]:
    """The kubeconfig of a cluster that has these objects."""
    answers = _discovery() | {_path(each): each for each in objects}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = answers.get(self.path.partition("?")[0])
            body = json.dumps(found or _missing()).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield _kubeconfig(folder, server.server_port)
        finally:
            server.shutdown()


def _discovery() -> dict[str, Any]:
    versions = sorted({version for version, _ in _PLURALS})
    groups: dict[str, list[Object]] = {}
    for version in versions:
        group, _, number = version.rpartition("/")
        groups.setdefault(group, []).append({"groupVersion": version, "version": number})
    listed = [
        {"name": name, "versions": served, "preferredVersion": served[0]}
        for name, served in groups.items()
        if name
    ]
    return {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed},
        **{_root(version): _resources(version) for version in versions},
    }


def _resources(version: str) -> Object:
    listed = [
        {
            "name": plural,
            "singularName": "",
            "namespaced": kind not in _CLUSTER_SCOPED,
            "kind": kind,
            "verbs": ["get"],
        }
        for (own, kind), plural in _PLURALS.items()
        if own == version
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _path(each: Object) -> str:
    about, version, kind = each["metadata"], each["apiVersion"], each["kind"]
    space = "" if kind in _CLUSTER_SCOPED else f"/namespaces/{about['namespace']}"
    return f"{_root(version)}{space}/{_PLURALS[version, kind]}/{about['name']}"


def _missing() -> Object:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def _kubeconfig(folder: Path, port: int) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "only",
        "clusters": [{"name": "only", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "only", "context": {"cluster": "only", "user": "nobody"}}],
        "users": [{"name": "nobody", "user": {}}],
    }
    path.write_text(json.dumps(config))
    return path
