"""What is refused leaves nothing behind: its rows are not held until the garbage collector comes."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fraud_transformer.http.request import Request
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.transactions.columns import Columns
from support.artifacts.releases import write_release
from support.servers.in_process import InProcess

ROWS = 2_000
UNKNOWN = {"amt": [1] * ROWS, "hour": [1] * ROWS, "day_of_week": [1] * ROWS, "category": ["zz"] * ROWS}
BODIES = {
    "unknown categories": {"columns": UNKNOWN},
    "too many rows": {"columns": UNKNOWN | {"amt": [1] * ROWS * 2}},
    "a wrong value": {"columns": UNKNOWN | {"hour": [1] * (ROWS - 1) + [99]}},
    "no columns": {"columns": 1},
}


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held() -> int:
    return sum(isinstance(each, (Columns, Request)) for each in gc.get_objects())


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.usefixtures("uncollected")
async def test_nothing_of_a_refused_request_stays(tmp_path: Path, body: object) -> None:
    folders = write_release(tmp_path, mean=1.0)
    settings = TransformerSettings(
        model_dir=folders.model, preprocessor_dir=folders.preprocessor, unknown_category="refuse"
    )
    server = InProcess(ServedRelease.load(settings), settings, fast=False)
    content = json.dumps(body).encode()
    head = b"POST /predict/batch HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(content)
    before = held()
    for _ in range(3):
        written = str((await server.ask(head + content))["written"])
        assert "HTTP/1.1 4" in written
    assert before == held()
