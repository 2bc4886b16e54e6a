"""What a monitor knows of its releases, read from this workspace or a port, and as rows."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from fraud_contract.direct import opener_for
from fraud_contract.errors import ArtifactMissing, MetricsUnreadable
from fraud_monitor.core.drift import Drift, State
from fraud_monitor.core.outcome import OutcomeDrift
from fraud_monitor.http.status import MonitorStatus, ReleaseStatus, kept_status
from fraud_registry.access.account import read_account
from fraudctl.output import Row
from fraudctl.session import session

_SHOWN: Final = (
    "requests/total",
    "requests/per_second",
    "requests/error_share",
    "decisions/total",
    "decisions/review_share",
    "decisions/block_share",
    "scores/mean",
    "expected_cost/per_1000",
    "inputs/unknown_category_share",
    "inputs/missing",
    "inputs/invalid",
    "processes/answering",
    "processes/cpu_cores",
)
"""Figures of the table; JSON has all."""
_DEADLINE: Final = 10.0
_BYTES: Final = 8 << 20


def read_status(url: str | None) -> MonitorStatus:
    """The status at a monitor's port, or without one what the monitor of this workspace left.

    Raises:
        ArtifactMissing: no monitor has run here yet.
        MetricsUnreadable: none answers at `url`.
        SettingsError: the W&B account is not usable as configured.
    """
    return _kept() if url is None else _asked(url)


def tables(found: MonitorStatus) -> Iterator[Sequence[Row]]:
    """A table for each part of each release's status; of a single row, a list of its figures."""
    for release in found.releases:
        yield [_summary(found, release)]
        yield [_drift(each) for each in release.judgement.drifts]
        yield [_outcome(each) for each in release.judgement.outcomes]
        if release.importance:
            yield [{"fact": name, "contribution": each} for name, each in release.importance.items()]


def _kept() -> MonitorStatus:
    run = session()
    folder = run.workspace.monitor
    found = kept_status(folder)
    if found is None:
        raise ArtifactMissing(
            f"No monitor has run here yet: {folder} has no status. Start one with `fraudctl serve`, or name "
            "one in a cluster with --url."
        )
    if read_account(run.environ, run.workspace.dotenv) is not None:
        return found
    run.stages.note(
        "the embedded registry runs while it is needed; to look at a run: fraudctl registry browse"
    )
    return found.model_copy(update={"releases": tuple(map(_with_path, found.releases))})


def _with_path(release: ReleaseStatus) -> ReleaseStatus:
    """With the path of its run: the port of an embedded registry is another one each time."""
    return release.model_copy(update={"run_url": urlsplit(release.run_url).path.removeprefix("/")})


def _asked(url: str) -> MonitorStatus:
    try:
        with opener_for(url).open(f"{url.rstrip('/')}/status", timeout=_DEADLINE) as answer:
            return MonitorStatus.model_validate_json(answer.read(_BYTES))
    except (OSError, HTTPException, ValueError) as error:
        raise MetricsUnreadable(
            f"No monitor answers at {url} ({type(error).__name__}). Forward its port: kubectl port-forward "
            "deployment/NAME-monitor 9092"
        ) from None


def _summary(found: MonitorStatus, release: ReleaseStatus) -> Row:
    window = "none yet"
    if release.begins is not None and release.ends is not None:
        window = f"{_time(release.begins)} to {_time(release.ends)}"
    alerts = "; ".join(f"{span}: {cause}" for span, cause in release.alerts.items())
    return {
        "release": release.release,
        "window": window,
        **{name: release.figures[name] for name in _SHOWN if name in release.figures},
        "alerts": alerts or "none",
        "windows not delivered": release.waiting,
        "W&B": found.delivery_error or release.run_url or "nothing delivered yet",
        **({"problem": release.problem} if release.problem else {}),
    }


def _drift(drift: Drift) -> Row:
    return {
        "input": drift.name,
        "over": drift.span,
        "PSI": drift.psi,
        "limit": drift.limit,
        "payments": round(drift.payments),
        "needed": drift.needed,
        "state": _state(drift),
    }


def _state(drift: Drift) -> str:
    """With the reason where it is not that there are too few payments."""
    unseen = drift.state is State.INSUFFICIENT and drift.payments >= drift.needed
    return f"{drift.state}: not yet seen for a whole {drift.span}" if unseen else str(drift.state)


def _outcome(outcome: OutcomeDrift) -> Row:
    return {
        "outcome": outcome.name,
        "over": outcome.span,
        "value": outcome.value,
        "reference": outcome.reference,
        "lower limit": outcome.lower,
        "upper limit": outcome.upper,
        "payments": round(outcome.payments),
        "state": str(outcome.state),
    }


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
