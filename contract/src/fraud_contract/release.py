"""The name of a release: a short hash of all that makes it."""

import hashlib
from typing import Final

from fraud_contract.documents import canonical_json

_LENGTH: Final = 8
"""Hex digits: with a thousand releases two share a name once in ten thousand projects."""


def release_name(**parts: str) -> str:
    """`fraud-<8 hex digits>` of the named parts: digests of model and preprocessor, images, settings."""
    return f"fraud-{hashlib.sha256(canonical_json(parts)).hexdigest()[:_LENGTH]}"
