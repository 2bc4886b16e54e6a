"""Upper bounds of everything a caller can make the server spend; the README has the table.

Sizes are bytes after decompression, times seconds. `Limits` are those of one server; the constants belong to
the rules of names and documents, which are the same everywhere.
"""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

NAME_CHARACTERS: Final = 128
"""An entity, project, run, collection, type, tag or alias."""

PATH_CHARACTERS: Final = 1024
"""The path of a file in a run or an artifact."""

PATH_PART_BYTES: Final = 255
"""One folder or file name of such a path in UTF-8: what file systems take."""

TEXT_CHARACTERS: Final = 64 * KIB
"""A text argument that is not a JSON document, such as notes or a description."""

LIST_ITEMS: Final = 20_000
"""A list in the arguments of a query: the SDK announces an artifact's files 10,000 at a time."""

ALIASES: Final = 100
"""Aliases or tags in one mutation."""

ALERTS: Final = 1000
"""Alerts of one run."""

JSON_DEPTH: Final = 100
"""Objects and lists within each other, of every JSON document: bodies, configs, summaries, metadata, rows."""

VALUE_BYTES: Final = 80
"""What a value of a JSON body counts for in memory beside its bytes: an object within another takes 300, and
four separators, by which values are counted."""

FILTER_CLAUSES: Final = 200
"""Conditions and list items of one filter."""

FILTER_DEPTH: Final = 10
"""Filters within filters."""

KEY_CHARACTERS: Final = 1024
"""The key of a condition or an order."""

PATTERN_CHARACTERS: Final = 1024
"""A `$regex`, or the pattern of file names."""

SEARCHED_CHARACTERS: Final = 64 * KIB
"""A text that a `$regex` is held against."""

PATTERN_MEMORY: Final = 128 * KIB
"""What RE2 may spend on one compiled pattern. Matching is linear in the text and in the pattern's states, of
which that is some thousands."""

ORDER_KEYS: Final = 8
"""Keys by which a list is ordered."""

MANIFEST_ENTRIES: Final = 100_000
"""Files of one artifact version."""

MANIFEST_VALUES: Final = 2_000_000
"""JSON values of a manifest, by its separators, counted before it is parsed."""

MANIFEST_BYTES: Final = 64 * MIB
"""An artifact's manifest: some 600 bytes for each of that many files."""

FILE_BYTES: Final = 2**53
"""The size an entry of a manifest may claim: the largest integer every JSON reader keeps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, and what all callers together, may make a server spend."""

    query: int = 16 * MIB
    """The body of a GraphQL request: the largest seen are configs and summaries of a few hundred KiB."""

    stream: int = 12 * MIB
    """The body of a file-stream request: wandb 0.31.0 sends at most 10 MB at a time. As one line
    of a console it takes five times as much memory while it is kept."""

    stream_lines: int = 100_000
    """History, event and console lines of one file-stream request."""

    stream_short_lines: int = 30_000
    """Of these, the lines that may be of any length: to keep one takes as long however short it is. Those of
    wandb 0.31.0 have some 80 characters."""

    stream_line: int = 64
    """Characters of all lines together for each line beyond `stream_short_lines`."""

    json_values: int = 1_000_000
    """Values of a JSON body, by its separators, counted before it is parsed."""

    blob: int = 2 * 1024 * MIB
    """An uploaded file: from 2 GiB on the SDK wants a multipart upload, which this server does not offer."""

    bodies: int = 128 * MIB
    """JSON bodies in memory, of all callers together: their bytes, and `VALUE_BYTES` for each value."""

    answers: int = 128 * MIB
    """Answers of GraphQL that their callers have not taken, of all callers together."""

    query_text: int = 64 * KIB
    """The document of a GraphQL request, without variables: the longest of wandb 0.31.0 has 4 KiB."""

    query_tokens: int = 2_000
    """GraphQL tokens: the longest query of wandb 0.31.0 has fewer than 500."""

    query_depth: int = 24
    """Nesting of a selection, through fragments: the deepest query of wandb 0.31.0 has 9 levels."""

    query_fields: int = 2_000
    """Selected fields with every fragment written out: the widest query of wandb 0.31.0 has under 200."""

    work_rows: int = 500_000
    """Rows read and values answered in one request: the history of a run is read at once."""

    work_text: int = 128 * MIB
    """Characters of text read and answered in one request."""

    work_seconds: float = 10.0
    """Time on the store's only thread; beyond it the request is given up and undone."""

    stuck_seconds: float = 15.0
    """After so long in one request, which `work_seconds` should have ended, `/healthz` reports 503."""

    connections: int = 256
    """Open connections. Beyond them the one that has waited longest for its caller's next byte makes room."""

    head_seconds: float = 10.0
    """For the line and headers of a request, and the longest a connection may stay between two requests."""

    body_seconds: float = 30.0
    """For a body, besides a second for each `body_pace` bytes that came."""

    body_pace: int = 16 * KIB
    """Bytes a second below which an upload is given up."""

    answer_seconds: float = 60.0
    """How long a caller may leave an answer unread."""
