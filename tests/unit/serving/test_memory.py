"""Free memory that lies between pieces in use goes back to the machine."""

import asyncio
import ctypes

import pytest

from fraud_serving.memory import give_back, resident

MIB = 1 << 20
PIECE = 32 << 10
"""Bytes: glibc takes these from its heaps, not from the machine each by itself."""

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p


@pytest.mark.skipif(not hasattr(libc, "malloc_trim"), reason="only glibc keeps what is free")
def test_free_pieces_between_pieces_in_use_are_given_back() -> None:
    async def given_back() -> None:
        libc.malloc_trim(0)  # what other tests left free takes no part
        before = resident()
        giving = asyncio.create_task(give_back(0.01))
        await asyncio.sleep(0)  # it takes the memory of now for its least
        in_use = leave_free_pieces(64 * MIB)
        assert resident() - before > 48 * MIB
        while resident() - before > 16 * MIB:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        giving.cancel()
        for each in in_use:
            libc.free(each)

    asyncio.run(asyncio.wait_for(given_back(), timeout=60))


def leave_free_pieces(size: int) -> list[ctypes.c_void_p]:
    """Take `size` bytes in pieces, and free all of them but every sixteenth, which are returned."""
    pieces = [ctypes.c_void_p(libc.malloc(PIECE)) for _ in range(size // PIECE)]
    for each in pieces:
        ctypes.memset(each, 1, PIECE)
    for number, each in enumerate(pieces):
        if number % 16:
            libc.free(each)
    return pieces[::16]
