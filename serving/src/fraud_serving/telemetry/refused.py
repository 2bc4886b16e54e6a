"""The counter of what is refused before anything is done for it, over HTTP and gRPC."""

from typing import Final

from prometheus_client import Counter

REFUSED: Final = Counter("fraud_refused_requests", "Requests that were refused unread, by error", ["code"])
