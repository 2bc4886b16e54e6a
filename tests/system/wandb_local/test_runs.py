"""Runs of the real SDK: what they are told, what they measure, how they end and go on."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import wandb

from support.registries.sdk import Sdk


def test_a_run_keeps_its_configuration_and_history(sdk: Sdk) -> None:
    with sdk.init(
        config={"lr": 0.1}, job_type="train", group="g", tags=["t"], notes="n", name="shown"
    ) as run:
        for step in range(5):
            run.log({"loss": 1 / (step + 1)})
        run.summary["auc"] = 0.93
    found = sdk.run(run.id)
    assert (found.state, found.name, found.job_type, found.group, found.tags, found.notes, found.config) == (
        "finished",
        "shown",
        "train",
        "g",
        ["t"],
        "n",
        {"lr": 0.1},
    )
    assert (found.summary["auc"], found.summary["loss"]) == (0.93, 0.2)
    assert [row["loss"] for row in list[Any](found.history(pandas=False))] == [1, 0.5, 1 / 3, 0.25, 0.2]
    assert [row["_step"] for row in found.scan_history()] == [0, 1, 2, 3, 4]
    assert [{"_step": i, "loss": 1 / (i + 1)} for i in range(5)] == found.history(keys=["loss"], pandas=False)


def test_scanning_in_pages_returns_every_step_once(sdk: Sdk) -> None:
    with sdk.init() as run:
        for step in range(25):
            run.log({"even" if step % 2 == 0 else "odd": step})
    found = sdk.run(run.id)
    assert list(range(25)) == [row["_step"] for row in found.scan_history(page_size=7)]
    assert list(range(0, 25, 2)) == [row["even"] for row in found.scan_history(keys=["even"])]
    assert [row["_step"] for row in found.scan_history(min_step=5, max_step=8)] == [5, 6, 7]


def test_histograms_and_tables_come_back(sdk: Sdk) -> None:
    with sdk.init() as run:
        run.log({"h": wandb.Histogram(np_histogram=(np.array([1, 2, 3]), np.array([0, 1, 2, 3])))})
        run.log({"t": wandb.Table(columns=["a"], data=[[1]])})
    found = sdk.run(run.id)
    assert found.summary["h"]["values"] == [1, 2, 3]
    table = found.file(found.summary["t"]["path"]).download(root=str(sdk.folder / "files"))
    with table:
        assert {key: value for key, value in json.load(table).items() if key in {"columns", "data"}} == {
            "columns": ["a"],
            "data": [[1]],
        }


def test_a_run_that_fails_says_so(sdk: Sdk) -> None:
    run = sdk.init()
    run.finish(exit_code=3)
    assert sdk.run(run.id).state == "failed"


def test_runs_can_be_filtered_and_ordered(sdk: Sdk) -> None:
    for number, job in enumerate(["train", "serve", "train"]):
        with sdk.init(id=f"r{number}", job_type=job, config={"n": number}, tags=[job]) as run:
            run.summary["score"] = -number

    def names(order: str = "+created_at", filters: dict[str, Any] | None = None) -> list[str]:
        return [run.id for run in sdk.api.runs(sdk.path, filters=filters, order=order)]

    assert names() == ["r0", "r1", "r2"]
    assert names(order="-created_at") == ["r2", "r1", "r0"]
    assert names(order="+summary_metrics.score") == ["r2", "r1", "r0"]
    assert names(filters={"jobType": "train", "state": "finished"}) == ["r0", "r2"]
    assert names(filters={"$or": [{"config.n": {"$gte": 2}}, {"tags": {"$in": ["serve"]}}]}) == ["r1", "r2"]
    assert names(filters={"group": "none"}) == []


def test_changes_through_the_public_api_last(sdk: Sdk) -> None:
    with sdk.init(config={"a": 1}) as run:
        run.log({"x": 1})
    found = sdk.run(run.id)
    found.config["b"] = 2
    found.tags = ["later"]  # type: ignore[attr-defined] # the SDK sets it from what the server says
    found.summary["y"] = 3
    found.update()
    again = sdk.run(run.id)
    assert (
        again.config,
        again.tags,
        again.summary["y"],
        again.state,
    ) == ({"a": 1, "b": 2}, ["later"], 3, "finished")


def test_a_resumed_run_goes_on_counting(sdk: Sdk) -> None:
    for first in (0, 3):
        with sdk.init(id="same", resume="allow") as run:
            for value in range(first, first + 3):
                run.log({"x": value})
    found = sdk.api.run(f"{sdk.path}/same")
    assert [(i, i) for i in range(6)] == [(row["_step"], row["x"]) for row in found.scan_history()]
    with pytest.raises(wandb.Error, match="resume"):
        sdk.init(id="new", resume="must")


def test_an_offline_run_is_synced_later(sdk: Sdk) -> None:
    with sdk.init(mode="offline", id="offline") as run:
        run.log({"x": 1})
        run.log_artifact(sdk.artifact("one"), aliases=["candidate"])
    environment = os.environ | {"WANDB_BASE_URL": sdk.server.url, "WANDB_API_KEY": sdk.server.api_key}
    environment.pop("WANDB_SERVICE", None)
    (folder,) = sdk.folder.glob("wandb/offline-run-*")
    command = [sys.executable, "-m", "wandb", "sync", str(folder)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=240)
    assert [row["x"] for row in sdk.api.run(f"{sdk.path}/offline").scan_history()] == [1]
    assert sorted(sdk.found("v0").aliases) == ["candidate", "latest"]
