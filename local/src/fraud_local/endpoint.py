"""Where a local release answers."""

from dataclasses import dataclass
from typing import Final, Self

from fraud_local.ports import preferred, require_free

HTTP: Final = 9090
"""The original service's port."""
_GRPC: Final = 8081 - HTTP
_ADMIN: Final = 9091 - HTTP
"""Where the others lie from it; they move along with another port, so that two services can start at once."""
_LAST: Final = 65_535
LOOPBACK: Final = "127.0.0.1"
_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def require_http(host: str, port: int) -> None:
    """Raise `PortInUse` unless `port` can be opened; the message says who has it and what to do."""
    other = port + 101 if port + 101 <= _LAST else port - 101
    require_free(port, host, f"Take another one: --port {other}, or FRAUDCTL_PORT={other} with make.")


@dataclass(frozen=True)
class Endpoint:
    """Host and ports of the public side: HTTP, gRPC, and the admin port with metrics and readiness."""

    host: str
    http: int
    grpc: int
    admin: int

    @classmethod
    def choose(cls, host: str, http: int) -> Self:
        """The asked-for port for HTTP; the others at their usual distance where that is free.

        Raises:
            PortInUse: as `require_http` does.
        """
        require_http(host, http)
        return cls(host, http, preferred(http + _GRPC, host), preferred(http + _ADMIN, host))

    @property
    def near(self) -> str:
        """A host name that leads there from this machine."""
        if self.host in _ANY or self.host == LOOPBACK:
            return "localhost"
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://{self.near}:{self.http}"

    @property
    def admin_url(self) -> str:
        """Base URL of metrics and readiness."""
        return f"http://{self.near}:{self.admin}"
