"""Answers of many rows are encoded chunk by chunk, and read as one."""

import json
from pathlib import Path
from typing import Any

import pytest

from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from support.artifacts.releases import write_release
from support.servers.in_process import InProcess

ROWS = 7_000
"""Four chunks."""
AMOUNTS = [1.0 + row for row in range(ROWS)]


@pytest.mark.parametrize(
    "unknown", [[], [5_000], [0, 2_047, 2_048, 6_999]], ids=["none", "in one chunk", "at ends"]
)
async def test_rows_and_columns_are_answered_alike(tmp_path: Path, unknown: list[int]) -> None:
    folders = write_release(tmp_path, mean=1.0)
    settings = TransformerSettings(model_dir=folders.model, preprocessor_dir=folders.preprocessor)
    release = ServedRelease.load(settings)
    server = InProcess(release, settings, fast=False)
    categories = [release.preprocessor.spec.categories[0]] * ROWS
    for row in unknown:
        categories[row] = "never_seen"

    async def answer(content: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(content).encode()
        head = b"POST /predict/batch HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(body)
        written = bytes((await server.ask(head + body))["written"])  # type: ignore[call-overload]  # bytes
        return dict(json.loads(written.partition(b"\r\n\r\n")[2]))

    fields = {"amt": AMOUNTS, "hour": [12] * ROWS, "day_of_week": [3] * ROWS, "category": categories}
    rows = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    in_rows = (await answer({"transactions": rows}))["predictions"]
    in_columns = await answer({"columns": fields})
    for name in ("prediction", "fraud_probability", "decision"):
        assert in_columns["columns"][name] == [each[name] for each in in_rows]
    assert unknown == [each["row"] for each in in_columns["warnings"]]
    assert unknown == [row for row, each in enumerate(in_rows) if "warnings" in each]
    assert ROWS == len(in_rows)
