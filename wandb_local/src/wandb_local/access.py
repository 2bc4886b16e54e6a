"""Who may come in: the API key, and addresses signed with it."""

import base64
import binascii
import hmac
from datetime import timedelta
from typing import Final

from wandb_local.values.clock import Clock

SIGNED_FOR: Final = timedelta(hours=1)
"""How long an address of a blob works: enough for a large upload on a slow link, not for passing it on."""


class Access:
    """Checks of one API key. Every comparison takes the same time whatever is wrong."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = key.encode()
        self._clock = clock
        # Derived, so that changing the key also ends every address signed before.
        self._signing_key = hmac.digest(self._key, b"wandb_local: addresses of blobs", "sha256")

    def admits(self, authorization: str | None) -> bool:
        """Whether an Authorization header carries the key: Basic with any user name, or Bearer."""
        scheme, _, credentials = (authorization or "").partition(" ")
        match scheme.lower():
            case "basic":
                return hmac.compare_digest(_password(credentials), self._key)
            case "bearer":
                return hmac.compare_digest(credentials.strip().encode(), self._key)
        return False

    def sign(self, method: str, blob_id: str) -> str:
        """The query part of an address at which `method` works on the blob for a while."""
        expires = int((self._clock() + SIGNED_FOR).timestamp())
        return f"expires={expires}&signature={self._signature(method, blob_id, str(expires))}"

    def signed(self, method: str, blob_id: str, expires: str, signature: str) -> bool:
        """Whether the signature is ours, for this method and blob, and not too old."""
        ours = self._signature(method, blob_id, expires)
        if not hmac.compare_digest(signature.encode(), ours.encode()):
            return False
        return int(expires) > self._clock().timestamp()

    def _signature(self, method: str, blob_id: str, expires: str) -> str:
        message = f"{method}\n{blob_id}\n{expires}".encode()
        return hmac.digest(self._signing_key, message, "sha256").hex()


def _password(credentials: str) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
