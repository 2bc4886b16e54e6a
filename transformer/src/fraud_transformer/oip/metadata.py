"""What is answered about the server and its model, beside the model's metadata: health and readiness."""

from collections.abc import Sequence

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
