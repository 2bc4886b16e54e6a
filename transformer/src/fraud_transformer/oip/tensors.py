"""The four fields as tensors of the Open Inference Protocol, whatever they arrived in (JSON or gRPC)."""

from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

import msgspec
import numpy as np

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestTooLarge
from fraud_serving.description import Description, TensorMetadata
from fraud_transformer.decisions.answers import LABELS, PREDICTIONS, Answers
from fraud_transformer.limits import MAX_REQUEST_ID
from fraud_transformer.oip.parameters import BASE64
from fraud_transformer.transactions.columns import Columns, validate_columns

FLOATS: Final = frozenset({"FP16", "FP32", "FP64"})
INTEGERS: Final = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"})
STRINGS: Final = frozenset({"BYTES"})

INPUTS: Final[Mapping[str, frozenset[str]]] = {
    "amt": FLOATS | INTEGERS,
    "hour": INTEGERS | FLOATS,
    "day_of_week": INTEGERS | FLOATS,
    "category": STRINGS,
    "transaction_id": STRINGS,
}
_WHOLE: Final = frozenset({"hour", "day_of_week"})
_OF_STRINGS: Final = frozenset({BASE64, "str"})
_ADVICE: Final = "Send the four tensors amt, hour, day_of_week and category."
_COLUMN_DIMENSIONS: Final = 2
_NARROW: Final[Mapping[str, type[np.floating[Any]]]] = {"FP16": np.float16, "FP32": np.float32}

FRAUD_PROBABILITY: Final = "fraud_probability"
PREDICTION: Final = "prediction"
DECISION: Final = "decision"
EXPLANATION: Final = "explanation"
"""One JSON object a row, where the request's parameter `explain` is true."""
TRANSACTION_ID: Final = "transaction_id"
"""The input of that name again, where it was sent; empty for a row that has none."""
OUTPUTS: Final[Mapping[str, str]] = {
    FRAUD_PROBABILITY: "FP32",
    PREDICTION: "BYTES",
    DECISION: "BYTES",
    EXPLANATION: "BYTES",
    TRANSACTION_ID: "BYTES",
}
_ON_REQUEST: Final = frozenset({EXPLANATION, TRANSACTION_ID})

_INPUT_METADATA: Final[Sequence[TensorMetadata]] = (
    {"name": "amt", "datatype": "FP64", "shape": [-1]},
    {"name": "hour", "datatype": "INT64", "shape": [-1]},
    {"name": "day_of_week", "datatype": "INT64", "shape": [-1]},
    {"name": "category", "datatype": "BYTES", "shape": [-1]},
)
"""What must be sent; `transaction_id` (BYTES) may be sent too, and is no requirement for a client to meet."""
_OUTPUT_METADATA: Final[Sequence[TensorMetadata]] = tuple(
    {"name": name, "datatype": datatype, "shape": [-1]}
    for name, datatype in OUTPUTS.items()
    if name not in _ON_REQUEST
)
_PLATFORM: Final = "fraud-detector_xgboost"
"""`<project>_<format>`, as the protocol wants it."""


class ResponseParameters(TypedDict):
    """Parameters of a response."""

    release: Annotated[str, msgspec.Meta(description="The release that answered")]
    unknown_category_rows: NotRequired[
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^\[[0-9]+(,[0-9]+)*\]$",
                description="JSON list of the rows, from 0, with a category that training never saw",
            ),
        ]
    ]
    degraded: NotRequired[Annotated[Literal["true"], msgspec.Meta(description="Decided without scores")]]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input: its values flat, as Python numbers or strings."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Any]
    content_type: str | None = None
    """How the strings of BYTES are encoded, where that is said."""


def describe(version: str) -> Description:
    """The protocol's metadata of the model in its served version."""
    return Description(version, _PLATFORM, _INPUT_METADATA, _OUTPUT_METADATA)


def require_few_tensors(inputs: int, outputs: int) -> None:
    """Raise `InvalidTransaction` for more inputs or outputs than there are names."""
    for count, names, kind in ((inputs, INPUTS, "input"), (outputs, OUTPUTS, "output")):
        if count > len(names):
            raise InvalidTransaction(
                f"{count} {kind}s in one request; there are {', '.join(names)}, each at most once."
            )


def require_few_values(name: str, count: int, max_rows: int) -> None:
    """Raise `RequestTooLarge` for an input of more than `max_rows` values, before they are decoded."""
    if count > max_rows:
        raise RequestTooLarge(
            f"Input tensor {name[:64]!r} holds {count} values; at most {max_rows} transactions are taken."
        )


def require_short_id(request_id: str) -> None:
    """Raise `MalformedRequest` for a request's id of more characters than are echoed."""
    if len(request_id) > MAX_REQUEST_ID:
        raise MalformedRequest(f"The request's id is longer than {MAX_REQUEST_ID} characters.")


def columns_of(tensors: Sequence[Tensor], max_rows: int) -> Columns:
    """The transactions that named tensors hold, one a row.

    Raises:
        InvalidTransaction: a tensor is missing, unknown, repeated, of another type or length, or a value is
            out of its range.
        RequestTooLarge: more than `max_rows`.
    """
    columns = {tensor.name: _column(tensor, max_rows) for tensor in tensors}
    if len(columns) != len(tensors):
        raise InvalidTransaction("An input tensor is there twice.")
    return validate_columns(columns, max_rows, _ADVICE)


def _column(tensor: Tensor, max_rows: int) -> list[Any]:
    name = tensor.name[:64]
    if tensor.name not in INPUTS:
        raise InvalidTransaction(f"Input tensor {name!r} is unknown. {_ADVICE}")
    allowed = INPUTS[tensor.name]
    if tensor.datatype not in allowed:
        raise InvalidTransaction(
            f"Input tensor {name} is {tensor.datatype[:16]!r}; it must be {' or '.join(sorted(allowed))}."
        )
    if tensor.content_type in _OF_STRINGS and tensor.datatype not in STRINGS:
        raise InvalidTransaction(
            f"Input tensor {name} is {tensor.datatype}, but content_type {tensor.content_type} is for BYTES."
        )
    shape = tensor.shape
    if len(shape) not in {1, _COLUMN_DIMENSIONS} or (len(shape) == _COLUMN_DIMENSIONS and shape[1] != 1):
        raise InvalidTransaction(f"Input tensor {name} must have shape [n] or [n, 1], not {list(shape)[:8]}.")
    require_few_values(name, len(tensor.values), max_rows)
    if shape[0] != len(tensor.values):
        raise InvalidTransaction(
            f"Input tensor {name} says shape {list(shape)} and holds {len(tensor.values)} values."
        )
    if tensor.datatype in STRINGS:
        encoded = tensor.content_type == BASE64
        return [_text(name, _decoded(name, value) if encoded else value) for value in tensor.values]
    if tensor.name in _WHOLE:
        return [_as_integer(value) for value in tensor.values]
    narrow = _NARROW.get(tensor.datatype)
    return list(tensor.values) if narrow is None else [_rounded(value, narrow) for value in tensor.values]


def _decoded(name: str, value: object) -> object:
    """The bytes that base64 holds; what is no string stays, and is refused as a value."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise InvalidTransaction(
            f"Input tensor {name} says content_type base64 and holds what is no base64."
        ) from None


def _text(name: str, value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidTransaction(f"Input tensor {name} holds bytes that are no UTF-8.") from None


def _as_integer(value: object) -> object:
    """14.0 as 14: clients that compute with floats send whole hours so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _rounded(value: object, narrow: type[np.floating[Any]]) -> object:
    """The value at the precision of its type; one beyond what that holds stays, to be refused."""
    if isinstance(value, float) and abs(value) < float(np.finfo(narrow).max):
        return float(narrow(value))
    return value


def output_values(name: str, answers: Answers) -> list[Any]:
    """The values of output `name`, one a row."""
    match name:
        case "fraud_probability":
            return answers.scores
        case "prediction":
            return [PREDICTIONS[decision] for decision in answers.decisions]
        case "transaction_id":
            return [own or "" for own in answers.transaction_ids]
        case "explanation":
            encoded = [msgspec.json.encode(each).decode() for each in answers.explanations]
            return encoded or ["{}"] * len(answers)  # a degraded answer has none
        case _:
            return [LABELS[decision] for decision in answers.decisions]


def requested_outputs(inputs: Collection[str], names: Sequence[str], *, explained: bool) -> tuple[str, ...]:
    """The outputs asked for by a request of these inputs, all if none is named.

    Raises `InvalidTransaction` for one that there is not, and for one that is named twice.
    """
    there = tuple(
        name
        for name in OUTPUTS
        if name not in _ON_REQUEST or name in inputs or (name == EXPLANATION and explained)
    )
    unknown = [name[:64] for name in names if name not in there]
    if unknown:
        raise InvalidTransaction(f"Output {', '.join(unknown)} is unknown. There are {', '.join(there)}.")
    if len(set(names)) != len(names):
        raise InvalidTransaction("An output is asked for twice. Name each once.")
    return tuple(names) or there


def parameters_of(answers: Answers) -> ResponseParameters:
    """Response parameters: the release that answered, rows with an unknown category, whether degraded."""
    unknown = ",".join(map(str, answers.warnings))
    parameters: ResponseParameters = {"release": answers.release}
    if unknown:
        parameters["unknown_category_rows"] = f"[{unknown}]"
    if answers.degraded:
        parameters["degraded"] = "true"
    return parameters
