"""A release's production monitoring in W&B: one run, to which each call adds windows."""

import time
from contextlib import suppress
from typing import Any, Final

import numpy as np
import wandb
from wandb.errors import CommError

from fraud_contract.errors import RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.messages import LogMonitoring
from fraud_registry.progress import Progress
from fraud_registry.records.monitoring_rows import Bar, LoggedMonitoring, MonitoringRow
from fraud_registry.sdk.lookup import connect

_TYPE: Final = "monitoring"
_LOOKS: Final = 20
"""For the rows that the registry took; counted, not timed, since each takes as long as it answers."""
_POLL: Final = 0.5


def log(account: Account, request: LogMonitoring, progress: Progress) -> LoggedMonitoring:
    """Add the rows. `finish` returns without an error too where none arrived, so the registry is asked."""
    progress.stage("start the run")
    with wandb.init(
        entity=account.entity,
        project=account.project,
        job_type=_TYPE,
        id=request.run.id,
        name=request.run.name,
        group=request.run.group,
        config=request.run.config,
        resume="allow",
        settings=wandb.Settings(x_save_requirements=False),  # of this process: nothing of the release
    ) as run:
        for pin in request.pins:
            place = f"{pin.entity or account.entity}/{pin.project or account.project}"
            with suppress(CommError, ValueError):  # a version that was deleted since ends no monitoring
                run.use_artifact(f"{place}/{pin.name}:{pin.version}")
        progress.stage("log windows")
        new = [row for row in request.rows if row.step >= run.starting_step]
        for row in new:
            run.log(_logged(row), step=row.step)
        url = run.url or ""
    return LoggedMonitoring(run_url=url, last_step=_confirmed(account, request), added=len(new))


def _logged(row: MonitoringRow) -> dict[str, Any]:
    histograms = {
        name: wandb.Histogram(np_histogram=(np.asarray(bins.counts), np.asarray(bins.edges)))
        for name, bins in row.histograms.items()
    }
    bars: dict[str, Any] = {}
    for name, bar in row.bars.items():
        bars |= _shown(name, bar)
    return {**row.figures, **histograms, **bars, "_timestamp": row.at}


def _shown(name: str, bar: Bar) -> dict[str, Any]:
    table = wandb.Table(columns=list(bar.table.columns), data=[list(row) for row in bar.table.rows])
    return {name: table, f"{name}_bar": wandb.plot.bar(table, bar.label, bar.value, title=bar.title)}


def _confirmed(account: Account, request: LogMonitoring) -> int:
    wanted = request.rows[-1].step if request.rows else 0
    api, last = connect(account), -1
    for _ in range(_LOOKS):
        last = int(api.run(f"{account.entity}/{account.project}/{request.run.id}").lastHistoryStep)
        if last >= wanted:
            return last
        time.sleep(_POLL)
    raise RegistryUnavailable(
        f"W&B at {account.host} has the rows of {request.run.id} up to step {last}, not {wanted}."
    )
