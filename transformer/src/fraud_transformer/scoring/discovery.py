"""The predictor pods behind a name: resolved every second, so that new ones get their share at once."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.scorer import RemoteScorer

_log = logging.getLogger(__name__)

_INTERVAL: Final = 1.0
"""Seconds between two look-ups: a pod that appears or goes is noticed well within three."""

Resolve = Callable[[], Awaitable[frozenset[str]]]
"""Addresses (`ip:port`) at the moment; raises `OSError` where they cannot be resolved."""


def resolver(target: str) -> Resolve:
    """All addresses of `host:port`; a headless Service has one for each pod."""
    host, _, port = target.rpartition(":")

    async def resolve() -> frozenset[str]:
        found = await asyncio.get_running_loop().getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM
        )
        return frozenset(_joined(str(address[0]), int(address[1])) for *_, address in found)

    return resolve


class Discovery:
    """Keeps a pool's members equal to the addresses behind a name."""

    def __init__(self, resolve: Resolve, connect: Callable[[str], RemoteScorer], pool: Pool) -> None:
        self._resolve = resolve
        self._connect = connect
        self._pool = pool
        self._known: dict[str, RemoteScorer] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def follow(self) -> None:
        """Look up again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_INTERVAL)

    async def look(self) -> None:
        """Take in who appeared, let go who vanished; a failed look-up changes nothing."""
        try:
            addresses = await self._resolve()
        except OSError:
            _log.debug("The predictor's name does not resolve; keeping %d addresses", len(self._known))
            return
        for address in addresses - self._known.keys():
            _log.info("Predictor at %s", address)
            self._known[address] = self._connect(address)
            self._pool.add(self._known[address])
        for address in self._known.keys() - addresses:
            _log.info("Predictor at %s is gone", address)
            predictor = self._known.pop(address)
            self._pool.remove(predictor)
            closing = asyncio.create_task(predictor.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
