"""`fraudctl monitor`: what the releases in production did lately, and whether something moved."""

from datetime import UTC, datetime
from http.client import HTTPException
from typing import Annotated, Final

import typer

from fraud_contract.direct import opener_for
from fraud_contract.errors import ArtifactMissing, MetricsUnreadable
from fraud_monitor.core.drift import Drift
from fraud_monitor.core.outcome import OutcomeDrift
from fraud_monitor.status import MonitorStatus, ReleaseStatus, kept_status
from fraudctl.epilog import examples
from fraudctl.output import Form, Output, Row, show, show_all

monitor_app = typer.Typer(help="Watch releases in production.", no_args_is_help=True, rich_markup_mode=None)
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


@monitor_app.callback()
def _group() -> None:
    """Keep `status` a command of its own, beside those to come."""


@monitor_app.command(
    epilog=examples(
        "fraudctl monitor status",
        "fraudctl monitor status -o json",
        "fraudctl monitor status --url http://localhost:9092",
    )
)
def status(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Of a monitor's port; by default what this workspace's left."),
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Show the latest window of each release, and each figure of drift.

    Of the monitor beside `fraudctl serve` and `demo`, also after it ended; or of one in a cluster, by --url.
    """
    found = _kept() if url is None else _asked(url)
    if form is Form.JSON:
        show(found.model_dump(mode="json"), form)
        return
    for release in found.releases:
        show(_summary(found, release), form)
        typer.echo()
        show_all([_drift(each) for each in release.judgement.drifts], form)
        typer.echo()
        show_all([_outcome(each) for each in release.judgement.outcomes], form)
        typer.echo()
        if release.importance:
            rows = [{"fact": name, "contribution": each} for name, each in release.importance.items()]
            show_all(rows, form)
            typer.echo()


def _kept() -> MonitorStatus:
    from fraudctl.session import session

    folder = session().workspace.monitor
    found = kept_status(folder)
    if found is None:
        raise ArtifactMissing(
            f"No monitor has run here yet: {folder} has no status. Start one with `fraudctl serve`, or name "
            "one in a cluster with --url."
        )
    return found


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
        "by chance": drift.by_chance,
        "payments": round(drift.payments),
        "needed": drift.needed,
        "state": str(drift.state),
    }


def _outcome(outcome: OutcomeDrift) -> Row:
    return {
        "outcome": outcome.name,
        "over": outcome.span,
        "value": outcome.value,
        "reference": outcome.reference,
        "payments": round(outcome.payments),
        "state": str(outcome.state),
    }


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
