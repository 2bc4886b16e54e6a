"""However a body is cut into chunks, its lines are the same; memory and blank lines are bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import MalformedRequest
from fraud_transformer.http.lines import Line, Lines

LIMIT = 8
bodies = st.text("ab \r\n", max_size=60).map(str.encode)


@st.composite
def chunked(draw: st.DrawFn, content: st.SearchStrategy[bytes]) -> list[bytes]:
    """A body in chunks, of which some are empty."""
    body = draw(content)
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=8)))
    return [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]


def lines_of(chunks: list[bytes]) -> list[Line]:
    lines = Lines(LIMIT)
    return [*(line for chunk in chunks for line in lines.feed(chunk)), *lines.end()]


@given(chunks=chunked(bodies))
def test_lines_are_those_of_the_whole_body_without_blank_ones(chunks: list[bytes]) -> None:
    expected = [
        (number, line if len(line) <= LIMIT else None)
        for number, line in enumerate(b"".join(chunks).split(b"\n"), 1)
        if line.strip() or len(line) > LIMIT
    ]
    assert expected == lines_of(chunks)


def test_a_line_without_end_takes_no_more_memory_than_a_line_may() -> None:
    lines = Lines(LIMIT)
    assert not any(lines.feed(b"x" * 5) for _ in range(1000))
    assert len(lines._open) <= LIMIT
    assert [(1, None), (2, b"y")] == [*lines.feed(b"x\ny"), *lines.end()]


def test_blank_lines_are_taken_as_long_as_there_are_others() -> None:
    lines = Lines(LIMIT)
    for _ in range(1_000):
        assert 1 == len(lines.feed(b"x" + b"\r\n" * 11))
    assert [] == lines.feed(b"\n" * 1_000)
    with pytest.raises(MalformedRequest, match="mostly blank lines"):
        lines.feed(b"\n")
