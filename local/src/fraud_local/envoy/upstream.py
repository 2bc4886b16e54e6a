"""A release as Envoy's configuration names it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Upstream:
    """Where the transformer of one release listens, on the loopback interface."""

    release: str
    http: int
    grpc: int
    admin: int
    """Port of `/ready`, by which Envoy knows whether it may get requests."""
