"""The four fields as tensors of the Open Inference Protocol, whatever they arrived in (JSON or gRPC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from fraud_contract.errors import InvalidTransaction
from fraud_contract.transaction import Transaction
from fraud_transformer.deciding import Answer
from fraud_transformer.parsing import require_rows, validate_rows

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
REQUIRED: Final = ("amt", "hour", "day_of_week", "category")
_COLUMN_DIMENSIONS: Final = 2
_FLOAT32_MAX: Final = float(np.finfo(np.float32).max)

FRAUD_PROBABILITY: Final = "fraud_probability"
PREDICTION: Final = "prediction"
DECISION: Final = "decision"
EXPLANATION: Final = "explanation"
"""One JSON object a row, where the request's parameter `explain` is true."""
OUTPUTS: Final[Mapping[str, str]] = {
    FRAUD_PROBABILITY: "FP32",
    PREDICTION: "BYTES",
    DECISION: "BYTES",
    EXPLANATION: "BYTES",
}

INPUT_METADATA: Final = (
    {"name": "amt", "datatype": "FP64", "shape": [-1]},
    {"name": "hour", "datatype": "INT64", "shape": [-1]},
    {"name": "day_of_week", "datatype": "INT64", "shape": [-1]},
    {"name": "category", "datatype": "BYTES", "shape": [-1]},
)
OUTPUT_METADATA: Final = tuple(
    {"name": name, "datatype": datatype, "shape": [-1]}
    for name, datatype in OUTPUTS.items()
    if name != EXPLANATION
)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input: its values flat, as Python numbers or strings."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Any]


def transactions_of(tensors: Sequence[Tensor], max_rows: int) -> list[Transaction]:
    """The transactions that named tensors hold, one a row.

    Raises:
        InvalidTransaction: a tensor is missing, unknown, repeated, of another type or length, or a value is
            out of its range.
        RequestTooLarge: more than `max_rows`.
    """
    columns = {tensor.name: _column(tensor) for tensor in tensors}
    if len(columns) != len(tensors):
        raise InvalidTransaction("An input tensor is there twice.")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise InvalidTransaction(f"Input tensor {', '.join(missing)} is missing. Send {', '.join(REQUIRED)}.")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1:
        raise InvalidTransaction(f"Input tensors differ in length: {lengths}.")
    require_rows(columns["amt"], max_rows)
    names = tuple(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return validate_rows(rows)


def _column(tensor: Tensor) -> list[Any]:
    name = tensor.name[:64]
    if tensor.name not in INPUTS:
        raise InvalidTransaction(f"Input tensor {name!r} is unknown. Send {', '.join(REQUIRED)}.")
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
    return [_value(name, tensor.datatype, value) for value in tensor.values]


def _value(name: str, datatype: str, value: object) -> object:
    """The value at the precision of its type: an FP32 amount is what float32 holds."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise InvalidTransaction(f"Input tensor {name} holds bytes that are no UTF-8.") from None
    if name == "amt" and datatype == "FP32" and isinstance(value, float) and abs(value) < _FLOAT32_MAX:
        return float(np.float32(value))
    return value


def output_values(name: str, answers: Sequence[Answer]) -> list[Any]:
    """The values of output `name`, one a row."""
    match name:
        case "fraud_probability":
            return [answer.score for answer in answers]
        case "prediction":
            return [answer.decision.prediction for answer in answers]
        case "explanation":
            return [
                msgspec.json.encode(answer.explanation.body()).decode() if answer.explanation else "{}"
                for answer in answers
            ]
        case _:
            return [answer.decision.label for answer in answers]


def requested_outputs(names: Sequence[str], *, explained: bool) -> tuple[str, ...]:
    """The outputs asked for, all if none is named; raises `InvalidTransaction` for one that there is not."""
    there = tuple(OUTPUTS) if explained else tuple(name for name in OUTPUTS if name != EXPLANATION)
    unknown = [name[:64] for name in names if name not in there]
    if unknown:
        raise InvalidTransaction(f"Output {', '.join(unknown)} is unknown. There are {', '.join(there)}.")
    return tuple(names) or there


def parameters_of(release: str, answers: Sequence[Answer]) -> dict[str, str]:
    """Response parameters: the release that answered and, if any, the rows with an unknown category."""
    unknown = [str(row) for row, answer in enumerate(answers) if answer.warnings]
    return {"release": release} | ({"unknown_category_rows": ",".join(unknown)} if unknown else {})
