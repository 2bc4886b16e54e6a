"""What a local platform keeps between two runs: its secret and its ports."""

import secrets
from pathlib import Path
from typing import Self

from fraud_contract.documents import Document
from fraud_local.endpoint import Endpoint
from fraud_local.envoy.proxy import Ports
from fraud_processes.ports import any_free


class Site(Document):
    """Ports of Envoy and the token that opens recent decisions."""

    host: str
    public: int
    pinned: int
    admin: int
    token: str

    @classmethod
    def open(cls, path: Path, host: str, public: int) -> Self:
        """What is kept at `path`; made anew for another address, or if there is none.

        Raises:
            OSError: it cannot be written.
        """
        if path.exists():
            kept = cls.read(path)
            if (kept.host, kept.public) == (host, public):
                return kept
        pinned, admin = any_free(2)
        made = cls(host=host, public=public, pinned=pinned, admin=admin, token=secrets.token_urlsafe(24))
        path.parent.mkdir(parents=True, exist_ok=True)
        made.write_atomically(path, mode=0o600)
        return made

    @property
    def ports(self) -> Ports:
        """Of Envoy."""
        return Ports(self.host, self.public, self.pinned, self.admin)

    @property
    def url(self) -> str:
        """Base URL for callers on this machine."""
        return Endpoint(self.host, self.public, self.public, self.admin).url
