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


pytestmark = pytest.mark.skipif(not hasattr(libc, "malloc_trim"), reason="only glibc keeps what is free")


@pytest.mark.parametrize("held", [0.0, 0.1])
def test_free_pieces_between_pieces_in_use_are_given_back(held: float) -> None:
    """`held`: seconds before they are free, in which memory was looked at already; it does not grow later."""

    async def given_back() -> None:
        libc.malloc_trim(0)  # what other tests left free takes no part
        before = resident()
        giving = asyncio.create_task(give_back(0.01))
        await asyncio.sleep(0)  # it takes the memory of now for its least
        pieces = [ctypes.c_void_p(libc.malloc(PIECE)) for _ in range(64 * MIB // PIECE)]
        for each in pieces:
            ctypes.memset(each, 1, PIECE)
        assert resident() - before > 48 * MIB
        await asyncio.sleep(held)
        for number, each in enumerate(pieces):
            if number % 16:
                libc.free(each)
        while resident() - before > 16 * MIB:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        giving.cancel()
        for each in pieces[::16]:
            libc.free(each)

    asyncio.run(asyncio.wait_for(given_back(), timeout=60))
