"""However a compressed body is cut, it inflates to the same, in small pieces and within its budgets."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import MalformedRequest, RequestTooLarge, UnsupportedMedia
from fraud_transformer.http.content_encoding import Inflation, content_encoding, inflated

MIB = 1 << 20


def bare(content: bytes) -> bytes:
    """Deflate without the head and the sum of zlib's format."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


COMPRESSIONS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"gzip", gzip.compress),
    "deflate": (b"deflate", zlib.compress),
    "bare deflate": (b"deflate", bare),
}
each = pytest.mark.parametrize(("encoding", "compress"), COMPRESSIONS.values(), ids=COMPRESSIONS)


def inflate(encoding: bytes, chunks: list[bytes]) -> bytes:
    inflation = Inflation(encoding)
    plain = b"".join(part for chunk in chunks for part in inflation.feed(chunk))
    inflation.end()
    return plain


@given(
    members=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    compression=st.sampled_from(sorted(COMPRESSIONS)),
)
def test_members_are_inflated_one_after_another(
    members: list[bytes], cuts: list[int], compression: str
) -> None:
    encoding, compress = COMPRESSIONS[compression]
    body = b"".join(map(compress, members if compression == "gzip" else members[:1]))
    places = sorted(min(cut, len(body)) for cut in cuts)
    chunks = [body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True)]
    expected = b"".join(members if compression == "gzip" else members[:1])
    if compression == "gzip":
        assert expected == inflate(encoding, chunks)
    assert expected == inflate(encoding, [body])
    assert expected == inflated(body, encoding, 2_000)


@each
@pytest.mark.parametrize("size", [1 << 15, (1 << 15) + 1, MIB])
def test_a_bomb_inflates_in_small_pieces(
    encoding: bytes, compress: Callable[[bytes], bytes], size: int
) -> None:
    inflation = Inflation(encoding)
    sizes = [len(part) for part in inflation.feed(compress(b"\n" * size))]
    inflation.end()
    assert size == sum(sizes)
    assert max(sizes) <= 1 << 15


@each
def test_a_stream_inflates_to_no_more_than_64_times_its_size(
    encoding: bytes, compress: Callable[[bytes], bytes]
) -> None:
    bomb = compress(b"\n" * 100 * MIB)
    pieces = Inflation(encoding).feed(bomb)
    most = (MIB + 64 * len(bomb)) // (1 << 15)
    with pytest.raises(RequestTooLarge, match="more than 64 times its size"):
        list(islice(pieces, most + 1))


@each
def test_a_whole_body_inflates_to_no_more_than_a_body_may_have(
    encoding: bytes, compress: Callable[[bytes], bytes]
) -> None:
    assert b"x" * 1_000 == inflated(compress(b"x" * 1_000), encoding, 1_000)
    with pytest.raises(RequestTooLarge):
        inflated(compress(b"x" * 1_001), encoding, 1_000)


def test_members_that_hold_nothing_are_few() -> None:
    with pytest.raises(MalformedRequest, match="too many members"):
        inflated(gzip.compress(b"") * 100, b"gzip", MIB)
    with pytest.raises(MalformedRequest, match="too many members"):
        inflate(b"gzip", [gzip.compress(b"")] * 100)


@each
def test_what_is_not_whole_is_refused(encoding: bytes, compress: Callable[[bytes], bytes]) -> None:
    body = compress(bytes(range(256)) * 4)
    with pytest.raises(MalformedRequest, match="is cut off"):
        inflated(body[:-1], encoding, MIB)
    with pytest.raises(MalformedRequest, match=r"is not|cut off"):
        inflated(body + b"tail", encoding, MIB)


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate"])
@given(body=st.binary(min_size=1, max_size=60))
def test_any_bytes_are_inflated_or_refused(encoding: bytes, body: bytes) -> None:
    with suppress(MalformedRequest, RequestTooLarge):
        assert len(inflated(body, encoding, 100)) <= 100


@pytest.mark.parametrize("header", [b"br", b"zstd", b"compress", b"gzip, gzip", b"deflate, gzip", b"x"])
def test_other_encodings_are_refused(header: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="gzip or deflate"):
        content_encoding(header)


@pytest.mark.parametrize(
    ("header", "name"),
    [(b"", b"identity"), (b" GZIP ", b"gzip"), (b"x-gzip", b"x-gzip"), (b"Deflate", b"deflate")],
)
def test_encodings_are_known_by_their_names(header: bytes, name: bytes) -> None:
    assert name == content_encoding(header)
