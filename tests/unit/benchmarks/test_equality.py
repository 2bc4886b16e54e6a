"""That a single differing answer is noticed."""

import numpy as np
import pytest

from benchmarks.equality import require_equal
from benchmarks.errors import BenchmarkError

_EXPECTED = np.array([0.1, 0.2, 0.3], np.float32)


def test_the_same_float32_passes() -> None:
    require_equal("x", _EXPECTED, _EXPECTED.tolist())


def test_the_next_float32_does_not() -> None:
    given = [0.1, float(np.nextafter(np.float32(0.2), np.float32(1))), 0.3]
    with pytest.raises(BenchmarkError, match="x: 1 of 3 scores differ from the pipeline's; row 1"):
        require_equal("x", _EXPECTED, given)


def test_no_number_is_no_answer() -> None:
    with pytest.raises(BenchmarkError, match="row 2"):
        require_equal("x", _EXPECTED, [0.1, 0.2, float("nan")])


def test_an_answer_too_few_does_not_pass() -> None:
    with pytest.raises(BenchmarkError, match="2 scores for 3 payments"):
        require_equal("x", _EXPECTED, [0.1, 0.2])
