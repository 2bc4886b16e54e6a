"""The releases as Envoy's clusters: for HTTP, for gRPC, and for requests that name the release."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fraud_local.envoy.bootstrap import address
from fraud_local.envoy.upstream import Upstream

_LOOPBACK: Final = "127.0.0.1"
_TYPE: Final = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
_PROTOCOLS: Final = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_CONNECT: Final = "0.5s"
_IDLE: Final = "3s"
"""Below the 5 s after which a transformer closes an idle connection: a request never meets the closing."""
_CHECK: Final = "0.5s"
_MOST: Final = 8_192
"""Connections and requests at once; the transformer's own limits answer before this one does."""


def http_cluster(release: str) -> str:
    """Name of the cluster that takes a release's HTTP requests."""
    return f"http/{release}"


def grpc_cluster(release: str) -> str:
    """Name of the cluster that takes a release's gRPC calls."""
    return f"grpc/{release}"


def pinned_cluster(release: str) -> str:
    """Name of the cluster of a release's HTTP requests that name it: they are counted apart from callers'."""
    return f"pinned/{release}"


def clusters(upstreams: Iterable[Upstream]) -> list[Mapping[str, Any]]:
    """All clusters of the releases."""
    return [
        cluster
        for each in upstreams
        for cluster in (
            _cluster(http_cluster(each.release), each.http, each.admin, {"http_protocol_options": {}}),
            _cluster(grpc_cluster(each.release), each.grpc, each.admin, {"http2_protocol_options": {}}),
            _cluster(pinned_cluster(each.release), each.http, each.admin, {"http_protocol_options": {}}),
        )
    ]


def _cluster(name: str, port: int, admin: int, protocol: Mapping[str, Any]) -> Mapping[str, Any]:
    thresholds = {"max_connections": _MOST, "max_pending_requests": _MOST, "max_requests": _MOST}
    health = {"port_value": admin}
    return {
        "@type": _TYPE,
        "name": name,
        "type": "STATIC",
        "connect_timeout": _CONNECT,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [
                {
                    "lb_endpoints": [
                        {"endpoint": {"address": address(_LOOPBACK, port), "health_check_config": health}}
                    ]
                }
            ],
        },
        "circuit_breakers": {"thresholds": [thresholds]},
        "health_checks": [_health_check()],
        # The default sends requests to hosts that are not ready once half of them are not.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {
            _PROTOCOLS: {
                "@type": f"type.googleapis.com/{_PROTOCOLS}",
                "common_http_protocol_options": {"idle_timeout": _IDLE},
                "explicit_http_config": dict(protocol),
            }
        },
    }


def _health_check() -> Mapping[str, Any]:
    """Readiness, on the admin port: a transformer that is stopped says no there before it stops."""
    return {
        "timeout": "2s",
        "interval": _CHECK,
        "no_traffic_interval": _CHECK,
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "http_health_check": {"path": "/ready", "host": "localhost"},
    }
