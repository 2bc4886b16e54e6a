"""What the Open Inference Protocol reports of a server and of the one model it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, TypedDict

from fraud_contract.errors import UnknownModel
from fraud_contract.oip import MODEL_NAME

SERVER: Final = "fraud-detector"
SERVER_VERSION: Final = version("fraud-serving")
BINARY_TENSORS: Final = "binary_tensor_data"
"""The protocol's name of the extension: raw tensors after the JSON of a REST request or answer."""


class TensorMetadata(TypedDict):
    """A tensor that is taken or given; -1 in its shape is any length."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(TypedDict):
    """Versions, inputs and outputs of the model."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


@dataclass(frozen=True, slots=True)
class Description:
    """Metadata of the model; the same over REST and gRPC."""

    version: str
    platform: str
    inputs: Sequence[TensorMetadata]
    outputs: Sequence[TensorMetadata]

    def body(self) -> ModelMetadata:
        """The JSON object of `GET /v2/models/fraud`, and the fields of gRPC's message."""
        return {
            "name": MODEL_NAME,
            "versions": [self.version],
            "platform": self.platform,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
        }

    def require(self, name: str, version: str) -> None:
        """Raise `UnknownModel` for another model, or for another version than the one served; "" is any."""
        if name != MODEL_NAME:
            raise UnknownModel(f"No such model here; its name is {MODEL_NAME!r}.")
        if version not in {"", self.version}:
            raise self.unknown_version()

    def unknown_version(self) -> UnknownModel:
        """The error for another version than the one served."""
        return UnknownModel(
            f"No such version of {MODEL_NAME!r} here; served is {self.version!r}. "
            "Ask for that one, or for none in particular."
        )
