"""Envoy's two ports: the public one, and an internal one on loopback where a release can be named."""

from collections.abc import Mapping
from typing import Any, Final

from fraud_local.envoy.bootstrap import ConfigurationFiles, address, watched
from fraud_local.envoy.routes import PINNED, PUBLIC

_LOOPBACK: Final = "127.0.0.1"
_LISTENER: Final = "type.googleapis.com/envoy.config.listener.v3.Listener"
_MANAGER: Final = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_ROUTER: Final = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
_NOBODY: Final = {"address_prefix": "255.255.255.255", "prefix_len": 32}
"""No caller's address; an empty list would mean all private ones."""
_HEAD: Final = 32
"""KiB of a request's line and headers, as the transformer has it."""
_REPLIES: Final = (
    (503, "unavailable", "No release takes requests at the moment. Try again in a second."),
    (504, "deadline_exceeded", "No answer came in time. Try again."),
    (431, "head_too_large", "Request line and headers are too large. Send at most 32 KiB of them."),
    (408, "request_timeout", "The request did not arrive in time. Send it whole."),
    (400, "malformed", "This is no HTTP request. Check the client."),
)
"""What Envoy itself answers, in the form of all our errors."""


def listeners(host: str, port: int, pinned: int, files: ConfigurationFiles) -> list[Mapping[str, Any]]:
    """The public listener at `host` and `port`, and the internal one at loopback and `pinned`."""
    return [_listener(PUBLIC, host, port, files), _listener(PINNED, _LOOPBACK, pinned, files)]


def _listener(name: str, host: str, port: int, files: ConfigurationFiles) -> Mapping[str, Any]:
    return {
        "@type": _LISTENER,
        "name": name,
        "address": address(host, port),
        "per_connection_buffer_limit_bytes": 1 << 20,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": _manager(name, files)}]}],
    }


def _manager(name: str, files: ConfigurationFiles) -> Mapping[str, Any]:
    return {
        "@type": _MANAGER,
        "stat_prefix": name,
        "codec_type": "AUTO",
        "rds": {"route_config_name": name, "config_source": watched(files.routes(name))},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": _ROUTER, "suppress_envoy_headers": True}}
        ],
        # Callers are strangers, on this machine too: their x-envoy-* (timeouts, retries) is dropped.
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [_NOBODY]},
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": False,
        "http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": "localhost"},
        "http2_protocol_options": {
            "max_concurrent_streams": 1_024,
            "initial_stream_window_size": 1 << 20,
            "initial_connection_window_size": 8 << 20,
        },
        "common_http_protocol_options": {
            "idle_timeout": "75s",
            "headers_with_underscores_action": "ALLOW",
        },
        "request_headers_timeout": "10s",
        "stream_idle_timeout": "40s",
        "drain_timeout": "5s",
        "max_request_headers_kb": _HEAD,
        "local_reply_config": {"mappers": [_reply(*each) for each in _REPLIES]},
    }


def _reply(status: int, code: str, text: str) -> Mapping[str, Any]:
    comparison = {"op": "EQ", "value": {"default_value": status, "runtime_key": f"reply.{code}"}}
    return {
        "filter": {"status_code_filter": {"comparison": comparison}},
        "body_format_override": {"json_format": {"error": text, "code": code, "details": []}},
    }
