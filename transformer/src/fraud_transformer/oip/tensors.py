"""The four fields as tensors of the Open Inference Protocol, whatever they arrived in (JSON or gRPC)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from fraud_contract.errors import InvalidTransaction, MalformedRequest
from fraud_serving.description import Description
from fraud_transformer.decisions.answers import LABELS, PREDICTIONS, Answers
from fraud_transformer.transactions.columns import Columns, validate_columns

FLOATS: Final = frozenset({"FP32", "FP64"})
INTEGERS: Final = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"})
STRINGS: Final = frozenset({"BYTES"})

INPUTS: Final[Mapping[str, frozenset[str]]] = {
    "amt": FLOATS | INTEGERS,
    "hour": INTEGERS,
    "day_of_week": INTEGERS,
    "category": STRINGS,
    "transaction_id": STRINGS,
}
_ADVICE: Final = "Send the four tensors amt, hour, day_of_week and category."
_COLUMN_DIMENSIONS: Final = 2
_FLOAT32_MAX: Final = float(np.finfo(np.float32).max)

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

_INPUT_METADATA: Final = (
    {"name": "amt", "datatype": "FP64", "shape": [-1]},
    {"name": "hour", "datatype": "INT64", "shape": [-1]},
    {"name": "day_of_week", "datatype": "INT64", "shape": [-1]},
    {"name": "category", "datatype": "BYTES", "shape": [-1]},
)
"""What must be sent; `transaction_id` (BYTES) may be sent too, and is no requirement for a client to meet."""
_OUTPUT_METADATA: Final = tuple(
    {"name": name, "datatype": datatype, "shape": [-1]}
    for name, datatype in OUTPUTS.items()
    if name not in _ON_REQUEST
)
_PLATFORM: Final = "fraud-detector_xgboost"
"""`<project>_<format>`, as the protocol wants it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input: its values flat, as Python numbers or strings."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Any]


def describe(version: str) -> Description:
    """What the protocol tells of the model in its served version."""
    return Description(version, _PLATFORM, _INPUT_METADATA, _OUTPUT_METADATA)


def columns_of(tensors: Sequence[Tensor], max_rows: int) -> Columns:
    """The transactions that named tensors hold, one a row.

    Raises:
        InvalidTransaction: a tensor is missing, unknown, repeated, of another type or length, or a value is
            out of its range.
        RequestTooLarge: more than `max_rows`.
    """
    columns = {tensor.name: _column(tensor) for tensor in tensors}
    if len(columns) != len(tensors):
        raise InvalidTransaction("An input tensor is there twice.")
    return validate_columns(columns, max_rows, _ADVICE)


def _column(tensor: Tensor) -> list[Any]:
    name = tensor.name[:64]
    if tensor.name not in INPUTS:
        raise InvalidTransaction(f"Input tensor {name!r} is unknown. {_ADVICE}")
    allowed = INPUTS[tensor.name]
    if tensor.datatype not in allowed:
        raise InvalidTransaction(
            f"Input tensor {name} is {tensor.datatype[:16]!r}; it must be {' or '.join(sorted(allowed))}."
        )
    shape = tensor.shape
    if len(shape) not in {1, _COLUMN_DIMENSIONS} or (len(shape) == _COLUMN_DIMENSIONS and shape[1] != 1):
        raise InvalidTransaction(f"Input tensor {name} must have shape [n] or [n, 1], not {list(shape)[:8]}.")
    if shape[0] != len(tensor.values):
        raise InvalidTransaction(
            f"Input tensor {name} says shape {list(shape)} and holds {len(tensor.values)} values."
        )
    match tensor.datatype:
        case "BYTES":
            return [_text(name, value) for value in tensor.values]
        case "FP32":
            return [_float32(value) for value in tensor.values]
        case _:
            return list(tensor.values)


def _text(name: str, value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidTransaction(f"Input tensor {name} holds bytes that are no UTF-8.") from None


def _float32(value: object) -> object:
    """The value at the precision of its type: what float32 holds."""
    if isinstance(value, float) and abs(value) < _FLOAT32_MAX:
        return float(np.float32(value))
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
            told = [msgspec.json.encode(each.body()).decode() for each in answers.explanations]
            return told or ["{}"] * len(answers)  # a degraded answer has none
        case _:
            return [LABELS[decision] for decision in answers.decisions]


def requested_outputs(inputs: Collection[str], names: Sequence[str], *, explained: bool) -> tuple[str, ...]:
    """The outputs asked for by a request of these inputs, all if none is named.

    Raises `InvalidTransaction` for one that there is not.
    """
    there = tuple(
        name
        for name in OUTPUTS
        if name not in _ON_REQUEST or name in inputs or (name == EXPLANATION and explained)
    )
    unknown = [name[:64] for name in names if name not in there]
    if unknown:
        raise InvalidTransaction(f"Output {', '.join(unknown)} is unknown. There are {', '.join(there)}.")
    return tuple(names) or there


def explanation_wanted(value: object) -> bool:
    """Whether the parameter `explain`, None where it is left out, asks for explanations.

    Raises `MalformedRequest` for what is neither true nor false: dropped, it would be missed.
    """
    if value is not None and not isinstance(value, bool):
        raise MalformedRequest("The parameter explain is true or false.")
    return bool(value)


def parameters_of(release: str, answers: Answers) -> dict[str, str]:
    """Response parameters: the release that answered, rows with an unknown category, whether degraded."""
    unknown = ",".join(map(str, answers.warnings))
    parameters = {"release": release}
    if unknown:
        parameters["unknown_category_rows"] = unknown
    if answers.degraded:
        parameters["degraded"] = "true"
    return parameters
