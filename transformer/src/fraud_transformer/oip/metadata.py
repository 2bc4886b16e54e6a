"""What is answered about the server and its model: health, readiness and metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class Alive(msgspec.Struct):
    """That the process answers at all."""

    status: str


class Live(msgspec.Struct):
    """Liveness in v2's words."""

    live: bool


class Ready(msgspec.Struct):
    """Readiness of the server in v2's words."""

    ready: bool


class Readiness(msgspec.Struct):
    """Readiness of the model, in the words that v1 and v2 share."""

    name: str
    ready: bool


class Models(msgspec.Struct):
    """Names of the models."""

    models: Sequence[str]


class Server(msgspec.Struct):
    """Name and version of the server."""

    name: str
    version: str
    extensions: Sequence[str]


class TensorMetadata(msgspec.Struct):
    """A tensor that is taken or given; -1 in its shape is any length."""

    name: str
    datatype: str
    shape: Sequence[int]


class ModelMetadata(msgspec.Struct):
    """Versions, inputs and outputs of the model."""

    name: str
    versions: Sequence[str]
    platform: str
    inputs: Sequence[TensorMetadata]
    outputs: Sequence[TensorMetadata]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "ModelMetadata":
        """The metadata that `Description.body` gives."""
        return msgspec.convert(body, cls)
