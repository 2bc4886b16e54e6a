"""Envoy's own interface, on loopback: what is in force, who is healthy, what was counted."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

from fraud_contract.direct import opener_for
from fraud_local.envoy.clusters import http_cluster
from fraud_local.envoy.routes import PUBLIC
from fraud_local.errors import ProxyAway

_TIMEOUT: Final = 2.0


@dataclass(frozen=True)
class Traffic:
    """Requests that one release answered since Envoy started, HTTP and gRPC together."""

    requests: int = 0
    """Completed, with an answer of the release or without one."""
    failed: int = 0
    """Of these: status 500 or more, or no answer at all."""


@dataclass(frozen=True)
class Admin:
    """The interface at `port`."""

    port: int

    def ready(self) -> bool:
        """Whether it serves with a complete configuration."""
        try:
            return self._get("/ready").strip() == b"LIVE"
        except ProxyAway:
            return False

    def weights(self) -> dict[str, int]:
        """Percent by release, as in force; empty while no release is served.

        Raises:
            ProxyAway: it does not answer.
        """
        for each in self._dump("dynamic_route_configs"):
            table = each["route_config"]
            if table["name"] == PUBLIC:
                return _weights(table)
        return {}

    def versions(self) -> dict[str, str]:
        """Version of each table of routes in force. Raises `ProxyAway` as `weights` does."""
        dumped = self._dump("dynamic_route_configs")
        return {each["route_config"]["name"]: each.get("version_info", "") for each in dumped}

    def healthy(self) -> frozenset[str]:
        """Releases whose transformer passes the health checks. Raises `ProxyAway` as `weights` does."""
        status = json.loads(self._get("/clusters?format=json"))
        return frozenset(
            each["name"].removeprefix(http_cluster(""))
            for each in status.get("cluster_statuses", ())
            if each["name"].startswith(http_cluster(""))
            and any(_is_healthy(host) for host in each.get("host_statuses", ()))
        )

    def traffic(self) -> dict[str, Traffic]:
        """Counts by release. Raises `ProxyAway` as `weights` does."""
        filtered = "^cluster[.](http|grpc)/[^.]*[.]upstream_rq_(completed|5xx)$"
        stats = json.loads(self._get(f"/stats?format=json&filter={filtered}"))["stats"]
        counts = {each["name"]: int(each["value"]) for each in stats if "value" in each}
        return _traffic(counts)

    def _dump(self, resource: str) -> list[Mapping[str, Any]]:
        configs: list[Mapping[str, Any]] = json.loads(self._get(f"/config_dump?resource={resource}")).get(
            "configs", []
        )
        return configs

    def _get(self, path: str) -> bytes:
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            with opener_for(url).open(url, timeout=_TIMEOUT) as response:
                return bytes(response.read())
        except (OSError, HTTPException) as error:
            raise ProxyAway(f"Envoy's admin port {self.port} does not answer ({error}).") from None


def _weights(table: Mapping[str, Any]) -> dict[str, int]:
    """Of the HTTP route; that of gRPC stands in the same table and has the same ones."""
    for route in table["virtual_hosts"][0]["routes"]:
        with suppress(KeyError):
            shares = route["route"]["weighted_clusters"]["clusters"]
            prefix = http_cluster("")
            if shares[0]["name"].startswith(prefix):
                return {each["name"].removeprefix(prefix): int(each["weight"]) for each in shares}
    return {}


def _is_healthy(host: Mapping[str, Any]) -> bool:
    health = host.get("health_status", {})
    return not health.get("failed_active_health_check") and health.get("eds_health_status") == "HEALTHY"


def _traffic(counts: Mapping[str, int]) -> dict[str, Traffic]:
    found: dict[str, Traffic] = {}
    for name, value in counts.items():
        _, _, rest = name.partition(".")
        cluster, _, counter = rest.rpartition(".")
        _, _, release = cluster.partition("/")
        before = found.get(release, Traffic())
        if counter == "upstream_rq_completed":
            found[release] = Traffic(before.requests + value, before.failed)
        elif counter == "upstream_rq_5xx":
            found[release] = Traffic(before.requests, before.failed + value)
    return found
