"""Metrics pages of all processes behind an address."""

import asyncio
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from fraud_contract.errors import MetricsUnreadable
from fraud_contract.metrics.page import Page, parse

_DEADLINE: Final = 5.0
"""Seconds for the pages of all processes, of which one on its knees makes its own in less."""
_BYTES: Final = 4 << 20
"""Of one page; a transformer's has some 30 kB."""
_PLAIN: Final = {"accept-encoding": "identity"}
_OK: Final = 200
_MOST: Final = 200
"""Processes behind one address."""


@dataclass(frozen=True)
class Scraped:
    """What answered."""

    pages: Mapping[str, Page]
    """By address."""
    away: int
    """Addresses that did not answer with metrics."""


class Scraper:
    """Reads metrics pages, direct and without a proxy; a look takes `_DEADLINE` whatever is answered."""

    def __init__(self) -> None:
        self._loop = asyncio.Runner()
        self._client = httpx.AsyncClient(trust_env=False, timeout=_DEADLINE, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()

    def scrape(self, address: str, names: Iterable[str]) -> Scraped:
        """The series of these names, of every process behind `address`."""
        processes = _processes(address)
        texts = self._loop.run(_texts(self._client, processes[:_MOST]))
        pages = dict[str, Page]()
        for process, text in texts.items():
            with suppress(MetricsUnreadable):
                pages[process] = parse(text, names)
        return Scraped(pages, max(1, len(processes)) - len(pages))


async def _texts(client: httpx.AsyncClient, processes: Sequence[str]) -> dict[str, str]:
    """What each process answers in time, without those that do not."""
    found = await asyncio.gather(*(_text(client, f"{each}/metrics") for each in processes))
    return {process: text for process, text in zip(processes, found, strict=True) if text is not None}


async def _text(client: httpx.AsyncClient, url: str) -> str | None:
    parts, size = list[bytes](), 0
    try:
        # The deadline is that of the whole answer: a byte now and then keeps httpx's own timeouts away.
        async with asyncio.timeout(_DEADLINE), client.stream("GET", url, headers=_PLAIN) as response:
            if response.status_code != _OK:
                return None
            async for part in response.aiter_raw():
                parts.append(part)
                size += len(part)
                if size > _BYTES:
                    return None
    except (httpx.HTTPError, TimeoutError):
        return None
    return b"".join(parts).decode("utf-8", "replace")


def _processes(address: str) -> list[str]:
    """An address for each process behind the name: a headless Service's name has one for each pod.

    A pod of two families of addresses is one process, so only one family counts.
    """
    parts = urlsplit(address)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    families = {family for family, *_ in found}
    wanted = socket.AF_INET if socket.AF_INET in families else socket.AF_INET6
    hosts = sorted({str(place[0]) for family, _, _, _, place in found if family == wanted})
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}" for host in hosts]
