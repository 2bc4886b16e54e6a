"""Where a local release answers: the one place that knows its ports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from fraud_processes.ports import preferred, require_free

HTTP: Final = 9090
"""The original service's port."""
_GRPC: Final = 8081 - HTTP
_ADMIN: Final = 9091 - HTTP
"""Where the others lie from it; they move along with another port, so that two services can start at once."""
_LAST: Final = 65_535
LOOPBACK: Final = "127.0.0.1"
_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


class PlannedPort(NamedTuple):
    """A port that is going to be opened."""

    number: int
    purpose: str
    variable: str
    """The environment variable that chooses it."""
    option: str
    """The option that chooses it."""
    chosen: bool
    """Whether it must be this one; else a free one is taken where it is busy."""

    @property
    def advice(self) -> str:
        """How to take another one."""
        other = self.number + 101 if self.number + 101 <= _LAST else self.number - 101
        return f"Take another one: {self.option} {other}, or {self.variable}={other} with make."


@dataclass(frozen=True)
class Listening:
    """Where a release shall listen, as far as it was said."""

    host: str = LOOPBACK
    http: int = HTTP
    grpc: int | None = None
    admin: int | None = None
    """None takes the usual distance from `http` where that is free, else any free port."""

    def planned(self) -> Iterator[PlannedPort]:
        """The three ports, HTTP first."""
        yield PlannedPort(self.http, "HTTP API", "FRAUDCTL_PORT", "--port", chosen=True)
        yield PlannedPort(
            self.http + _GRPC if self.grpc is None else self.grpc,
            "gRPC",
            "FRAUD_GRPC_PORT",
            "--grpc-port",
            chosen=self.grpc is not None,
        )
        yield PlannedPort(
            self.http + _ADMIN if self.admin is None else self.admin,
            "metrics and readiness",
            "FRAUD_ADMIN_PORT",
            "--admin-port",
            chosen=self.admin is not None,
        )

    def require_free(self) -> None:
        """Raise `PortInUse` unless every chosen port can be opened; it says who has it and what to do."""
        for port in self.planned():
            if port.chosen:
                require_free(port.number, self.host, port.advice)


@dataclass(frozen=True)
class Endpoint:
    """Host and ports of the public side: HTTP, gRPC, and the admin port with metrics and readiness."""

    host: str
    http: int
    grpc: int
    admin: int
    scheme: str = "http"
    """`https` where the public ports speak TLS; the admin port never does."""

    @classmethod
    def choose(cls, listening: Listening, scheme: str = "http") -> Self:
        """Three ports that can be opened now.

        Raises:
            PortInUse: a chosen one cannot.
        """
        listening.require_free()
        host = listening.host
        http, grpc, admin = (
            port.number if port.chosen else preferred(port.number, host) for port in listening.planned()
        )
        return cls(host, http, grpc, admin, scheme)

    @property
    def near(self) -> str:
        """A host name that leads there from this machine."""
        if self.host in _ANY or self.host == LOOPBACK:
            return "localhost"
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def reached(self) -> str:
        """One address that leads there from this machine; a name may stand for several."""
        if self.host in _ANY:
            return LOOPBACK
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"{self.scheme}://{self.near}:{self.http}"

    @property
    def admin_url(self) -> str:
        """Base URL of metrics and readiness."""
        return f"http://{self.near}:{self.admin}"

    def __str__(self) -> str:
        return f"{self.url}, gRPC {self.near}:{self.grpc}, metrics and readiness {self.admin_url}"
