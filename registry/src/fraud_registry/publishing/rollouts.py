"""Rollouts that ended, kept in the registry with lineage to the releases that they compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fraud_registry.messages import LogRollout
from fraud_registry.progress import Progress
from fraud_registry.references import LoggedRollout, Pin, ReleasePins
from fraud_registry.worker.connection import Access, ask

_DEADLINE: Final = 120.0
"""Seconds for a megabyte and some ten requests."""


def log_rollout(  # noqa: PLR0913 - one call for all that belongs together
    access: Access,
    rollout: str,
    pins: Sequence[ReleasePins],
    files: Sequence[Path],
    summary: Mapping[str, Any],
    *,
    rejected: Pin | None = None,
    progress: Progress | None = None,
) -> LoggedRollout:
    """Log it as a run of its own id that used the releases at `pins`; `rejected` gets that alias.

    Raises:
        RegistryError: the registry refused or went away; call it again.
    """
    request = LogRollout(
        rollout=rollout,
        pins=tuple(pins),
        rejected=rejected,
        files=tuple(path.resolve() for path in files),
        summary=dict(summary),
    )
    return ask(access, request, LoggedRollout, _DEADLINE, progress)
