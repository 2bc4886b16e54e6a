"""Windows of a release, through the real SDK: added once, with their histograms, linked to the artifacts."""

from collections.abc import Callable
from pathlib import Path

import wandb

from fraud_contract.artifacts.training_record import Table
from fraud_registry.access.account import Account
from fraud_registry.publishing.monitoring import log_monitoring
from fraud_registry.publishing.publish import publish
from fraud_registry.records.monitoring_rows import Bar, Bins, MonitoringRow, MonitoringRun
from fraud_registry.references import Reference

RUN = MonitoringRun(id="monitoring-r1", name="r1", group="here", config={"release": "r1"})


def row(step: int) -> MonitoringRow:
    bar = Bar(
        table=Table(columns=("fact", "mean"), rows=(("amt", 1.5), ("hour", 0.5))),
        label="fact",
        value="mean",
        title="Importance",
    )
    return MonitoringRow(
        step=step,
        at=1_700_000_000.0 + 30 * step,
        figures={"requests/total": float(step)},
        histograms={"score": Bins(counts=(1.0, 2.0), edges=(0.0, 0.5, 1.0))},
        bars={"importance": bar},
    )


def test_rows_are_added_once_and_the_run_uses_both_artifacts(
    account: Account, trained: Callable[[float], Path]
) -> None:
    published = publish(account, trained(70.0))
    deleted = Reference("preprocessor", "v99")
    pins = [published.model.reference, published.preprocessor.reference, deleted]
    logged = log_monitoring(account, RUN, pins, [row(3), row(7)])
    again = log_monitoring(account, RUN, pins, [row(3), row(7), row(9)])  # as where no answer came
    assert [(7, 2), (9, 1)] == [(each.last_step, each.added) for each in (logged, again)]
    api = wandb.Api(
        overrides={"base_url": account.base_url}, api_key=account.api_key.get_secret_value(), timeout=240
    )
    run = api.run(f"local/{account.project}/{RUN.id}")
    found = list(run.scan_history())
    assert [(3, 3.0), (7, 7.0), (9, 9.0)] == [(each["_step"], each["requests/total"]) for each in found]
    assert [1_700_000_090, 1_700_000_270] == [int(each["_timestamp"]) for each in (found[0], found[2])]
    assert ([1, 2], [0, 0.5, 1]) == (found[0]["score"]["values"], found[0]["score"]["bins"])
    assert ("monitoring", "here") == (run.job_type, run.group)
    assert {"model", "preprocessor"} == {each.type for each in run.used_artifacts()}
    assert "importance" in found[0]
