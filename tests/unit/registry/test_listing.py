"""Metadata that anybody may write are read as W&B sends them, or count as none of W&B's."""

import pytest
from pydantic import ValidationError

from fraud_registry.artifacts.listing import _Version

VERSION = {"digest": "d", "createdAt": "2026-11-24T12:00:00Z", "artifactType": {"name": "model"}}


def test_metadata_come_as_text() -> None:
    assert {"a": 1} == _Version.model_validate(VERSION | {"metadata": '{"a":1}'}).metadata


@pytest.mark.parametrize("metadata", ["[" * 100_000, '{"a":' * 100_000, "[]", "{", "9" * 5_000])
def test_metadata_that_are_no_object_are_refused(metadata: str) -> None:
    with pytest.raises(ValidationError, match="metadata"):
        _Version.model_validate(VERSION | {"metadata": metadata})
