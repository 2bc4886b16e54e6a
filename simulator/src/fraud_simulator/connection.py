"""One lasting HTTP connection to the service."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_CLOSED: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True)
class Target:
    """Where the service is: `http` or `https`, host, port, and a path in front of its routes."""

    scheme: str
    host: str
    port: int
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """The target of a base URL such as `http://localhost:9090`. Raises `ValueError` for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no base URL such as http://localhost:9090")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


class Connection:
    """Sends one request after another over the same connection; opens a new one when it was closed."""

    def __init__(self, target: Target, timeout: float) -> None:
        self._prefix = target.prefix
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        self._http = kind(target.host, target.port, timeout=timeout)

    def close(self) -> None:
        """Let go of it; the next request opens a new one."""
        self._http.close()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET. Raises `OSError` and `http.client.HTTPException`."""
        return self._send("GET", path, None)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of a POST of JSON. Raises `OSError` and `http.client.HTTPException`.

        A server may close a connection that was idle just as the next request is on its way. Such a
        request is sent once more; a decision changes nothing, so it may be asked for twice.
        """
        reused = self._http.sock is not None
        try:
            return self._send("POST", path, body)
        except _CLOSED:
            if not reused:
                raise
            return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            self._http.request(method, f"{self._prefix}{path}", body, _HEADERS)
            response = self._http.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            raise


def cause(error: BaseException) -> str:
    """What broke, in two words that group alike failures."""
    if isinstance(error, socket.timeout):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection closed"
    if isinstance(error, OSError):
        return "network error"
    return "broken answer"
