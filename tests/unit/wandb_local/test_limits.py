"""The README's table of limits says what limits.py does."""

from pathlib import Path

import pytest

from wandb_local import limits
from wandb_local.limits import KIB, MIB, Limits

README = Path(__file__).parents[3] / "wandb_local" / "README.md"
DEFAULT = Limits()


@pytest.mark.parametrize(
    ("row", "stated"),
    [
        ("connections", [f"{DEFAULT.connections}"]),
        ("a request's head", [f"{DEFAULT.head_seconds:g} s"]),
        ("a body", [f"{DEFAULT.body_seconds:g} s", f"{DEFAULT.body_pace // KIB} KiB"]),
        ("an answer left unread", [f"{DEFAULT.answer_seconds:g} s", f"{DEFAULT.answers // MIB} MiB"]),
        (
            "JSON body, unpacked",
            [
                f"{DEFAULT.query // MIB} MiB",
                f"{DEFAULT.stream // MIB} MiB",
                f"{DEFAULT.json_values:,} values",
            ],
        ),
        (
            "JSON body, unpacked",
            [f"{DEFAULT.bodies // MIB} MiB of all callers", f"{limits.VALUE_BYTES} bytes"],
        ),
        ("JSON of any kind", [f"{limits.JSON_DEPTH} levels"]),
        ("file stream", [f"{DEFAULT.stream_lines:,} lines", f"{DEFAULT.stream_short_lines:,}"]),
        ("file stream", [f"{DEFAULT.stream_line} characters"]),
        ("uploaded file", [f"{DEFAULT.blob // MIB // KIB} GiB"]),
        ("query", [f"{DEFAULT.query_text // KIB} KiB", f"{DEFAULT.query_tokens:,} tokens"]),
        ("query", [f"{DEFAULT.query_depth} levels", f"{DEFAULT.query_fields:,} fields"]),
        ("answering it", [f"{DEFAULT.work_rows:,} rows", f"{DEFAULT.work_text // MIB} MiB", "10 s"]),
        ("filter and order", [f"{limits.FILTER_CLAUSES} conditions", f"{limits.FILTER_DEPTH} levels"]),
        ("filter and order", [f"{limits.ORDER_KEYS} keys", f"{limits.PATTERN_CHARACTERS:,} characters"]),
        ("filter and order", [f"{limits.SEARCHED_CHARACTERS:,}"]),
        ("arguments", [f"{limits.TEXT_CHARACTERS // KIB} KiB", f"{limits.LIST_ITEMS:,} items"]),
        ("arguments", [f"{limits.ALIASES} aliases", f"{limits.ALERTS:,} alerts"]),
        ("names", [f"{limits.NAME_CHARACTERS} characters"]),
        ("file names", [f"{limits.PATH_CHARACTERS:,} characters", f"{limits.PATH_PART_BYTES} bytes"]),
        ("manifest", [f"{limits.MANIFEST_ENTRIES:,} entries", f"{limits.MANIFEST_BYTES // MIB} MiB"]),
    ],
)
def test_the_readme_states_the_limit(row: str, stated: list[str]) -> None:
    (line,) = [line for line in README.read_text().splitlines() if line.startswith(f"| {row}")][:1]
    assert [text for text in stated if text not in line] == []
