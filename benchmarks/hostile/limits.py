"""The limits of docs/security.md that hostile callers are held to."""

from typing import Final

MAX_MIB: Final = 64.0
"""More resident memory for one request of at most 1 MiB."""
MAX_CPU: Final = 0.3
"""Seconds of CPU for one request."""
MAX_WAIT: Final = 0.1
"""Seconds that another payment waits meanwhile."""
MAX_TOTAL: Final = 512.0
"""MiB resident, whatever was sent."""
MAX_METRICS: Final = 64 << 10
"""Bytes by which metrics may grow in all."""
MAX_LIVENESS: Final = 0.05
"""99th percentile of seconds to an answer of liveness."""
MAX_SLOWER: Final = 3.0
"""Times that the 99th percentile of well-behaved payments may rise during a flood."""
NEGLIGIBLE: Final = 0.02
"""Seconds of that percentile of which a multiple is no matter: a payment is decided in one millisecond."""
