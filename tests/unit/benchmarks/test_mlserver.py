"""What MLServer is sent, and that it runs on our interpreter."""

import sys
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.load.api import V2
from benchmarks.services import mlserver


def test_features_are_sent_as_one_tensor() -> None:
    (tensor,) = V2.many([(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)])["inputs"]
    assert ([3, 2], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == (tensor["shape"], tensor["data"])
    assert V2.many([(1.0, 2.0)]) == V2.one((1.0, 2.0))


def test_our_interpreter_is_required(tmp_path: Path) -> None:
    python, other = tmp_path / "python", tmp_path / "other"
    other.touch()
    with pytest.raises(BenchmarkError, match="environment is missing"):
        mlserver.require_environment(python)
    python.symlink_to(other)
    with pytest.raises(BenchmarkError, match="MLServer would run on"):
        mlserver.require_environment(python)
    python.unlink()
    python.symlink_to(sys.executable)
    mlserver.require_environment(python)
