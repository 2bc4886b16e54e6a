"""Figures say how the interpreter was built."""

import pytest

from benchmarks.machine import build


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            "'--enable-shared'",
            "**built without profile-guided optimisation**, without link-time optimisation",
        ),
        ("'--enable-optimizations' '--with-lto'", "built with profile-guided optimisation, with link-time"),
        ("-O2 -fprofile-use", "built with profile-guided optimisation, without link-time"),
    ],
)
def test_a_build_is_named(arguments: str, expected: str) -> None:
    assert expected == build(arguments)[: len(expected)]
