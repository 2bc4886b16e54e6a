"""Settings that every serving process has."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fraud_contract.artifacts.signatures import TrustedKeys
from fraud_contract.settings import Settings
from fraud_serving.telemetry.logs import LogFormat

Port = Annotated[int, Field(ge=1, le=65535)]


class ServingSettings(Settings):
    """Where a process listens, and how it stops."""

    model_dir: Path = Path("/mnt/models")
    """Folder of the `production_model` artifact."""
    trusted_keys: TrustedKeys | None = None
    """Serve only artifacts that one of these Ed25519 public keys signed: PEM, or its base64 line; several may
    stand below each other."""
    host: str = "0.0.0.0"  # noqa: S104 - in a pod the address is the pod's own; a local run sets 127.0.0.1
    """Address that all ports listen on."""
    http_port: Port = 8080
    """Public HTTP routes."""
    grpc_port: Port = 8081
    """Open Inference Protocol over gRPC."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe log lines that are written."""
    log_format: LogFormat = "text"
    """`json` writes one object a line, for collectors."""
    linger: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Seconds to keep serving after SIGTERM, not ready any more, while endpoints are updated.

    0 by default: in a pod, preStop has waited already.
    """
    grace: Annotated[float, Field(gt=0, le=600)] = 20.0
    """Seconds that requests in flight have to finish; below the 30 s after which Kubernetes kills."""
    max_requests: Annotated[int, Field(ge=1)] = 2_048
    """Requests in work at once, those whose body still arrives among them, over HTTP and gRPC each."""
    max_pending: Annotated[int, Field(ge=1)] = 128
    """POST requests read and not answered on a port, beyond which 503 is kinder than an answer too late: at
    10,000 a second a wait of 13 ms. While requests are refused a quarter of them is accepted, so that those
    accepted do not take twice their usual time."""
    max_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 8_192
    """HTTP connections open at once on a port, within what the system lets a process open."""
    max_head: Annotated[int, Field(ge=1_024, le=1 << 20)] = 32 << 10
    """Bytes of a request's line and headers."""
    head_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds that a request's head may take to arrive, and a new connection to begin one."""
    max_message: Annotated[int, Field(ge=1_024, le=64 << 20)] = 1 << 20
    """Bytes of a gRPC message; 1 MiB holds 20,000 transactions in raw tensors."""
    message_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds that a gRPC message may take to arrive after the head of its call."""
    max_grpc_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 1_024
    """gRPC connections open at once, within what the system lets a process open."""
