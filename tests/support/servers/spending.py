"""What reading a body costs a process: resident memory and CPU time, measured in a process of its own."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from fraud_contract.errors import FraudError
from fraud_transformer.http.bodies import read_batch, read_columns, read_instances
from fraud_transformer.oip.rest_json import parse_infer, tensors_of
from fraud_transformer.oip.tensors import columns_of
from fraud_transformer.transactions.parsing import parse_transaction

MIB: Final = 1 << 20
MAX_ROWS: Final = 20_000


def _infer(body: bytes) -> object:
    request = parse_infer(body)
    request.output_names()
    return columns_of(tensors_of(request, b"", MAX_ROWS), MAX_ROWS)


READERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    "transaction": parse_transaction,
    "batch": partial(read_batch, max_rows=MAX_ROWS),
    "instances": partial(read_instances, max_rows=MAX_ROWS),
    "columns": partial(read_columns, max_rows=MAX_ROWS),
    "infer": _infer,
}


@dataclass(frozen=True)
class Spent:
    """What one body cost."""

    mib: float
    """Resident memory beyond that before, at its highest."""
    seconds: float
    """Of CPU time."""
    code: str
    """Of the error that it was refused with; empty where it was read."""


@contextmanager
def spending() -> Iterator[Callable[[str, bytes], Spent]]:
    """A function that has a body read by the reader of a name, and returns what that cost."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()

    def measure(reader: str, body: bytes) -> Spent:
        ours.send((reader, body))
        spent: Spent = ours.recv()
        return spent

    try:
        yield measure
    finally:
        ours.close()
        process.join(240)


def _serve(connection: Connection) -> None:
    while True:
        try:
            reader, body = connection.recv()
        except EOFError:
            return
        connection.send(_measured(READERS[reader], body))


def _measured(read: Callable[[bytes], object], body: bytes) -> Spent:
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is what there is now
    before, start, code = _resident("VmRSS"), time.process_time(), ""
    try:
        result = read(body)
    except FraudError as error:
        code, result = error.code, error
    seconds = time.process_time() - start
    del result
    return Spent((_resident("VmHWM") - before) / 1024, seconds, code)


def _resident(name: str) -> int:
    """KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)
