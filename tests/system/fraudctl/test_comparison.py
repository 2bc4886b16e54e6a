"""`fraudctl registry diff`: what differs between two releases, from data to decisions."""

import json
from pathlib import Path
from typing import Any

import pytest

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import GoldenRows
from fraud_contract.policy import ThresholdPolicy
from fraud_registry.embedded import embedded
from fraud_registry.publishing.datasets import publish_dataset
from fraud_registry.publishing.publish import publish
from fraud_registry.worker.connection import Connection
from support.artifacts.alterations import altered
from support.artifacts.datasets import small_dataset
from support.artifacts.training_output import write_training_output
from support.fraudctl import fraudctl

FIGURES = {"average_precision": 0.85, "roc_auc": 0.99, "brier_skill": 0.7}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`first`; `second` of other payments, parameters and policy; `converted`; and `data`, to judge by."""
    folder = tmp_path_factory.mktemp("releases")
    small_dataset(folder / "data")
    fingerprint = Dataset.load(folder / "data").document.fingerprint
    windows = {"from": "2019-01-01", "to": "2019-06-01", "sha256": "a" * 64}
    for name, mean in (("first", 70.0), ("second", 71.0), ("converted", 72.0)):
        write_training_output(folder / name, mean)
    data = {"train": windows | {"rows": 10}, "evaluation": windows | {"sha256": fingerprint}}
    altered(folder / "first", data=data, metrics={"evaluation": FIGURES}, parameters={"eta": 0.1})
    altered(
        folder / "second",
        data={**data, "train": windows | {"rows": 20}},
        metrics={"evaluation": FIGURES | {"average_precision": 0.8}},
        parameters={"eta": 0.2},
        policy=ThresholdPolicy(review=0.0001, block=0.001),
    )
    altered(folder / "converted", parameters={"converted_from": {"model.pkl": "a" * 64}})
    return folder


def diff(home: Path, *arguments: str) -> list[dict[str, Any]]:
    done = fraudctl(home, "registry", "diff", *arguments, "-o", "json")
    assert 0 == done.returncode, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_two_releases_are_compared_from_their_data_to_the_decisions_they_make(
    tmp_path: Path, releases: Path
) -> None:
    with embedded(tmp_path / "var" / "wandb") as account:
        with Connection(account) as connection:
            publish(connection, releases / "first")
            publish(connection, releases / "second")
            publish_dataset(connection, releases / "data")
        rows = diff(tmp_path, "v0", "candidate")
    found = {(row["part"], row["what"]): row for row in rows}
    both = {key: (row["first"], row["second"]) for key, row in found.items()}
    assert ("v0", "v1") == both["model", "version"]
    assert ("10", "20") == both["data", "train.rows"]
    assert ("0.1", "0.2") == both["parameters", "eta"]
    assert ("0.15", "0.0001") == both["policy", "review"]
    assert "lower" == found["metrics", "average_precision"]["note"]
    assert {"amt"} <= {what for part, what in found if part == "importance"}
    precision = found["evaluation", "average precision"]
    low, high = precision["interval"]
    assert low < precision["change"] < high
    assert precision["change"] == pytest.approx(precision["second"] - precision["first"], abs=1e-5)
    # The same trees nearly, and a policy that blocks nearly all: what the golden rows were published with.
    published = [
        GoldenRows.read(releases / name / "production_model" / "golden.json") for name in ("first", "second")
    ]
    blocked = published[1].decision.count(2) - published[0].decision.count(2)
    assert 0 < blocked <= found["golden rows", "decisions flipped"]["change"]


def test_what_cannot_be_compared_is_named_with_the_reason(tmp_path: Path, releases: Path) -> None:
    first, second, converted = (str(releases / name) for name in ("first", "second", "converted"))
    rows = diff(tmp_path, first, converted)
    notes = {row["part"]: row["note"] for row in rows if row["what"] == "not compared"}
    assert "it was converted from pickles" in notes["metrics"]
    assert "Name labelled payments with --dataset, or put those beside" in notes["evaluation"]
    same = diff(tmp_path, first, first, "--dataset", str(releases / "data"))
    assert {"policy", "calibration", "parameters", "data", "features", "importance", "libraries"} == {
        row["part"] for row in same if row["what"] == "the same"
    }
    assert [0.0] == [row["change"] for row in same if row["what"] == "decisions flipped"]
    unknown = fraudctl(tmp_path, "registry", "diff", first, second, "--dataset", str(tmp_path))
    assert (1, True) == (unknown.returncode, "holds no dataset.json" in unknown.stderr)
