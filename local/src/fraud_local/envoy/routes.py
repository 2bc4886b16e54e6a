"""Which release gets which share of the requests, over HTTP and gRPC alike."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fraud_local.envoy.clusters import grpc_cluster, http_cluster, pinned_cluster

PUBLIC: Final = "public"
PINNED: Final = "pinned"
"""Names of the two route tables."""
RELEASE: Final = "x-fraud-release"
"""Header that names the release to ask; only the internal listener heeds it."""
_TYPE: Final = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
_STREAM_IDLE: Final = "40s"
"""Beyond the 30 s after which a transformer ends a stream that rests."""
_RETRY: Final = {
    # All three say that the transformer saw nothing of the request: no payment is decided twice.
    "retry_on": "connect-failure,refused-stream,reset-before-request",
    "num_retries": 2,
    "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.1s"},
}


def public_routes(weights: Mapping[str, int]) -> Mapping[str, Any]:
    """What callers get: `weights` in percent by release, adding up to 100; with none, 503."""
    served = {release: weight for release, weight in weights.items() if weight}
    # A table that names a missing cluster is refused as a whole, and the one before stays in force.
    return _table(PUBLIC, _split(served)) | {
        "request_headers_to_remove": [RELEASE],
        "validate_clusters": True,
    }


def pinned_routes(releases: Iterable[str]) -> Mapping[str, Any]:
    """What the internal listener gives: the release that the header names."""
    return _table(
        PINNED, [*(route for release in sorted(releases) for route in _pinned(release)), _unknown()]
    )


def _table(name: str, entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "@type": _TYPE,
        "name": name,
        "virtual_hosts": [{"name": name, "domains": ["*"], "routes": entries}],
    }


def _split(weights: Mapping[str, int]) -> list[Mapping[str, Any]]:
    if not weights:
        return [_nothing()]
    return [
        _route({"prefix": "/", "grpc": {}}, {grpc_cluster(name): each for name, each in weights.items()}),
        _route({"prefix": "/"}, {http_cluster(name): each for name, each in weights.items()}),
    ]


def _pinned(release: str) -> list[Mapping[str, Any]]:
    header = {"headers": [{"name": RELEASE, "string_match": {"exact": release}}]}
    return [
        _route({"prefix": "/", "grpc": {}, **header}, {grpc_cluster(release): 1}),
        _route({"prefix": "/", **header}, {pinned_cluster(release): 1}),
    ]


def _route(match: Mapping[str, Any], weights: Mapping[str, int]) -> Mapping[str, Any]:
    shares = [{"name": name, "weight": weight} for name, weight in sorted(weights.items())]
    return {
        "match": match,
        "route": {
            "weighted_clusters": {"clusters": shares},
            "timeout": "0s",  # the transformer has a deadline for each kind of request, and says so in JSON
            "idle_timeout": _STREAM_IDLE,
            "retry_policy": _RETRY,
        },
    }


def _nothing() -> Mapping[str, Any]:
    text = (
        '{"error": "No release is served yet. Try again in a moment.", "code": "unavailable", "details": []}'
    )
    return _answer(503, text)


def _unknown() -> Mapping[str, Any]:
    text = (
        '{"error": "Name a release that runs in the header x-fraud-release.", '
        '"code": "unknown_release", "details": []}'
    )
    return _answer(404, text)


def _answer(status: int, text: str) -> Mapping[str, Any]:
    return {
        "match": {"prefix": "/"},
        "direct_response": {"status": status, "body": {"inline_string": text}},
        "response_headers_to_add": [{"header": {"key": "content-type", "value": "application/json"}}],
    }
