"""Metrics pages of all processes behind an address."""

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from fraud_contract.errors import MetricsUnreadable
from fraud_contract.metrics.page import Page, parse

_DEADLINE: Final = 5.0
"""Seconds for one page, of which a process on its knees makes one in less."""
_BYTES: Final = 4 << 20
"""Of one page; a transformer's has some 30 kB."""
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
    """Reads metrics pages, direct and without a proxy."""

    def __init__(self) -> None:
        self._client = httpx.Client(trust_env=False, timeout=_DEADLINE, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def scrape(self, address: str, names: Iterable[str]) -> Scraped:
        """The series of these names, of every process behind `address`."""
        processes = _processes(address)
        pages = dict[str, Page]()
        for process in processes[:_MOST]:
            try:
                pages[process] = parse(self._text(f"{process}/metrics"), names)
            except (httpx.HTTPError, MetricsUnreadable):
                continue
        return Scraped(pages, max(1, len(processes)) - len(pages))

    def _text(self, url: str) -> str:
        ends, size, parts = time.monotonic() + _DEADLINE, 0, list[bytes]()
        with self._client.stream("GET", url) as response:
            if response.status_code != _OK:
                raise MetricsUnreadable(f"{url} answered status {response.status_code}.")
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > _BYTES or time.monotonic() > ends:
                    raise MetricsUnreadable(f"{url} is longer than {_BYTES:,} bytes or {_DEADLINE:g} s.")
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
