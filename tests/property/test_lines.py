"""However a body is cut into chunks, its lines are the same, and memory stays within bounds."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import MalformedRequest
from fraud_transformer.http.lines import Gunzip, Line, Lines

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


def unfolded(chunks: list[bytes]) -> bytes:
    gunzip = Gunzip()
    plain = b"".join(part for chunk in chunks for part in gunzip.feed(chunk))
    gunzip.end()
    return plain


@given(
    members=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_gzip_members_are_unfolded_one_after_another(members: list[bytes], cuts: list[int]) -> None:
    body = b"".join(map(gzip.compress, members))
    places = sorted(min(cut, len(body)) for cut in cuts)
    chunks = [body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True)]
    assert b"".join(members) == unfolded(chunks)


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) + 1, 10_000_000])
def test_a_bomb_unfolds_in_small_pieces(size: int) -> None:
    gunzip = Gunzip()
    sizes = [len(part) for part in gunzip.feed(gzip.compress(b"\n" * size))]
    gunzip.end()
    assert size == sum(sizes)
    assert max(sizes) <= 1 << 16


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(b"cut")[:-4], gzip.compress(b"x") + b"tail"],
    ids=["no gzip", "cut off", "with a tail"],
)
def test_what_is_no_whole_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest, match="gzip"):
        unfolded([body])
