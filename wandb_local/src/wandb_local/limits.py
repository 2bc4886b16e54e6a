"""How much one request may bring."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of request bodies in bytes, after decompression."""

    query: int = 16 * MIB
    """A GraphQL request: the largest seen are configs and summaries of a few hundred KiB."""

    stream: int = 64 * MIB
    """A file-stream request: wandb 0.31.0 sends at most 10 MB at a time; a long backlog may be larger."""

    blob: int = 2 * 1024 * MIB
    """An uploaded file: from 2 GiB on the SDK wants a multipart upload, which this server does not offer."""

    query_tokens: int = 20_000
    """GraphQL tokens: the longest query of wandb 0.31.0 has fewer than 500."""

    query_depth: int = 24
    """Nesting of a selection: the deepest query of wandb 0.31.0 has 9 levels."""
