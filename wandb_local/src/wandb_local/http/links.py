"""Addresses of blobs, under the name by which the client reached this server."""

from dataclasses import dataclass

from wandb_local.access import Access


@dataclass(frozen=True, slots=True)
class RequestLinks:
    """Signed addresses below `base`, which ends with a slash."""

    access: Access
    base: str

    def upload(self, blob_id: str) -> str:
        """Where to PUT the blob."""
        return f"{self.base}blobs/{blob_id}?{self.access.sign('PUT', blob_id)}"

    def download(self, blob_id: str) -> str:
        """Where to GET the blob."""
        return f"{self.base}blobs/{blob_id}?{self.access.sign('GET', blob_id)}"
