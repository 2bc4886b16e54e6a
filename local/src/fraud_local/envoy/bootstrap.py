"""What Envoy starts with: where its files are, and what it may use of this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_LOOPBACK: Final = "127.0.0.1"
_MOST_CONNECTIONS: Final = 8_192
"""From callers, at once: what one transformer accepts."""


@dataclass(frozen=True)
class ConfigurationFiles:
    """The files of one Envoy in `folder`. It watches them; each is replaced as a whole by a rename."""

    folder: Path

    @property
    def bootstrap(self) -> Path:
        """Read once, at the start."""
        return self.folder / "bootstrap.json"

    @property
    def clusters(self) -> Path:
        """The releases (CDS)."""
        return self.folder / "clusters.json"

    @property
    def listeners(self) -> Path:
        """The ports (LDS)."""
        return self.folder / "listeners.json"

    def routes(self, table: str) -> Path:
        """One table of routes (RDS)."""
        return self.folder / f"routes-{table}.json"


def bootstrap(files: ConfigurationFiles, admin: int) -> Mapping[str, Any]:
    """The configuration that only a restart changes; `admin` is the port of Envoy's own interface."""
    return {
        "node": {"id": "local", "cluster": "fraud-detector"},
        "admin": {"address": address(_LOOPBACK, admin)},
        "dynamic_resources": {
            "cds_config": watched(files.clusters),
            "lds_config": watched(files.listeners),
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.resource_monitors"
                        ".downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": _MOST_CONNECTIONS,
                    },
                }
            ]
        },
    }


def watched(path: Path) -> Mapping[str, Any]:
    """A source of configuration: a file that is read again whenever another is renamed to it."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def address(host: str, port: int) -> Mapping[str, Any]:
    """A TCP address, as Envoy writes it."""
    return {"socket_address": {"address": host, "port_value": port}}
