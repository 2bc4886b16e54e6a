"""`fraudctl judge` and the records it leaves, on small releases and payments."""

import json
from pathlib import Path
from typing import Any

import pytest

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.policy import ThresholdPolicy
from support.artifacts.alterations import altered
from support.artifacts.datasets import small_dataset
from support.artifacts.releases import write_release
from support.fraudctl import fraudctl, processes_of

LENIENT = """\
strategy:
  evaluation: {frauds: 50}
  cost: {tolerable: 0.5, harmful: 1.0}
  precision: {tolerable: 0.2, harmful: 0.5}
  gates:
    decisions: {tolerable: 0.2, harmful: 0.5}
    scores: {tolerable: 0.2, harmful: 0.5}
    categories: {tolerable: 0.3, harmful: 0.6}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`stable`; `blocking`, whose policy blocks nearly all; `learned`, which saw the payments; `data`."""
    folder = tmp_path_factory.mktemp("judge")
    for name in ("stable", "blocking", "learned"):
        write_release(folder / name, 70.0)
    altered(folder / "blocking", policy=ThresholdPolicy(review=0.0001, block=0.001))
    window = {"rows": 9, "frauds": 1, "from": "2020-01-01", "to": "2020-08-01", "sha256": "a" * 64}
    altered(folder / "learned", data={"train": window})
    small_dataset(folder / "data")
    (folder / "lenient.yaml").write_text(LENIENT)
    (folder / "few.yaml").write_text("evaluation: {frauds: 50}\n")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def judge(home: Path, folder: Path, candidate: str, *options: str, **environ: str) -> tuple[int, str, str]:
    if "--strategy" not in options:
        options = (*options, "--strategy", str(folder / "few.yaml"))
    done = fraudctl(
        home,
        "judge",
        str(folder / "stable"),
        str(folder / candidate),
        "--dataset",
        str(folder / "data"),
        *options,
        **environ,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def judged(home: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """What was said of the same release, and of one that blocks nearly all."""
    code, same, told = judge(home, folder, "stable", "--sample", "2500", "-o", "json")
    assert (0, True) == (code, "does not say what it was trained on" in told), told
    code, blocking, told = judge(home, folder, "blocking", "--sample", "2500", "-o", "json")
    assert 3 == code, told
    return {"stable": json.loads(same), "blocking": json.loads(blocking)}


def test_the_same_release_may_replace_itself(judged: dict[str, dict[str, Any]], home: Path) -> None:
    said = judged["stable"]
    assert "may replace" == said["judgement"]
    assert "all gates passed on 2,500 labelled payments" in said["sentence"]
    required = {gate["gate"]: gate["verdict"] for gate in said["gates"] if gate["role"] == "required"}
    assert {"pass"} == set(required.values())
    assert {"golden", "cost", "precision", "decisions", "scores"} == required.keys()
    assert Path(said["report"]).read_text().startswith("<!doctype html>")
    assert [] == processes_of(home)


def test_one_that_blocks_nearly_all_is_rejected_by_its_cost(judged: dict[str, dict[str, Any]]) -> None:
    said = judged["blocking"]
    assert ("rejected", True) == (said["judgement"], said["rejected"])
    assert "must not replace" in said["sentence"]
    assert {"cost": "fail"} == {
        gate["gate"]: gate["verdict"]
        for gate in said["gates"]
        if gate["role"] == "required" and gate["verdict"] == "fail"
    }


def test_records_are_listed_shown_and_judged_again(
    judged: dict[str, dict[str, Any]], home: Path, folder: Path
) -> None:
    listed = json.loads(fraudctl(home, "rollout", "list", "-o", "json").stdout)
    assert ["rejected", "may replace"] == [row["stands"] for row in listed]
    shown = fraudctl(home, "rollout", "status")
    assert "must not replace" in shown.stdout
    assert f"{judged['blocking']['report']}\n" == fraudctl(home, "rollout", "report").stdout
    first = fraudctl(home, "rollout", "status", judged["stable"]["id"], "-o", "json")
    assert judged["stable"]["gates"] == json.loads(first.stdout)["gates"]
    unknown = fraudctl(home, "rollout", "status", "r9")
    assert (1, True) == (unknown.returncode, "no rollout r9" in unknown.stderr)


def test_another_strategy_says_which_ends_would_change(
    judged: dict[str, dict[str, Any]], home: Path, folder: Path, tmp_path: Path
) -> None:
    del judged
    strict = tmp_path / "strict.yaml"
    strict.write_text(
        "evaluation: {rows: 1000, frauds: 50}\nprecision: {tolerable: 0.000001, harmful: 0.000002}\n"
    )
    before = {path: path.read_bytes() for path in (home / "var" / "rollouts").iterdir()}
    done = fraudctl(home, "rollout", "rejudge", "--strategy", str(strict), "-o", "json")
    assert ["passes", "rejected"] == [row["under it"] for row in json.loads(done.stdout)], done.stdout
    assert "0 of 2 would end otherwise" in done.stderr
    done = fraudctl(home, "rollout", "rejudge", "--strategy", str(folder / "lenient.yaml"), "-o", "json")
    assert [False, False] == [row["changes"] for row in json.loads(done.stdout)], done.stdout
    assert before == {path: path.read_bytes() for path in (home / "var" / "rollouts").iterdir()}


@pytest.mark.parametrize(
    ("candidate", "options", "told"),
    [
        ("learned", ("--sample", "2500"), "learned from payments of 2020-01-01 00:00:00 to 2020-08-01"),
        ("stable", (), "The dataset has 3,000 payments, and the strategy asks for 250,000"),
        ("stable", ("--sample", "3001"), "--sample 3001: choose 1,000 to 3,000 payments"),
        ("nowhere", ("--sample", "2500"), "No folder "),
        ("data", ("--sample", "2500"), "no model artifact at "),
        ("stable", ("--strategy", "nowhere.yaml"), "No file nowhere.yaml"),
    ],
    ids=["dataset seen", "too few", "too large a sample", "no folder", "no release", "no strategy"],
)
def test_what_cannot_be_judged_is_said_and_leaves_no_record(
    tmp_path: Path, folder: Path, candidate: str, options: tuple[str, ...], told: str
) -> None:
    code, said, errors = judge(tmp_path, folder, candidate, *options)
    assert (1, "") == (code, said)
    assert told in errors.splitlines()[-1]
    assert not (tmp_path / "var" / "rollouts").exists()
    assert [] == processes_of(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [("judge", "production", ""), ("judge", " ", "candidate"), ("rollout", "status", "")],
    ids=["candidate", "stable", "rollout"],
)
def test_an_empty_name_is_refused_and_nothing_else_is_taken_for_it(
    tmp_path: Path, folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "stable")  # whose artifacts an empty path would name
    done = fraudctl(tmp_path, *arguments)
    assert ("", True) == (done.stdout, done.returncode in {1, 2})
    assert "mpty name" in done.stderr or "There is no rollout" in done.stderr


def test_a_setting_that_no_release_knows_is_refused(tmp_path: Path, folder: Path) -> None:
    code, _, errors = judge(tmp_path, folder, "stable", "--sample", "2500", FRAUD_POLICI="{}")
    assert (1, True) == (code, "FRAUD_POLICI" in errors.splitlines()[-1]), errors


def test_settings_of_the_environment_stand_in_the_report(tmp_path: Path, folder: Path) -> None:
    policy = json.dumps({"kind": "thresholds", "review": 0.1, "block": 0.5})
    options = ("--sample", "2500", "-o", "json")
    code, said, errors = judge(tmp_path, folder, "blocking", *options, FRAUD_POLICY=policy)
    assert 4 == code, errors  # the golden rows were decided by the releases' own policies
    note = "judged under settings of the environment: FRAUD_POLICY."
    assert (True, True) == (note in errors, note in Path(json.loads(said)["report"]).read_text())


def test_a_strategy_of_unknown_keys_is_refused(tmp_path: Path, folder: Path) -> None:
    strategy = tmp_path / "strategy.yaml"
    strategy.write_text("gate: {decisions: {tolerable: 0.1, harmful: 0.2}}\n")
    code, _, errors = judge(tmp_path, folder, "stable", "--strategy", str(strategy))
    assert (1, True) == (code, "gate: no such key; allowed here: gates, " in errors)


def test_the_evaluation_window_is_published_and_fetched_as_a_dataset(home: Path) -> None:
    done = fraudctl(home, "dataset", "publish", "-o", "json")
    assert 0 == done.returncode, done.stderr
    published = json.loads(done.stdout)
    assert (262_045, "evaluation") == (published["rows"], published["window"])
    fetched = fraudctl(home, "registry", "fetch", "evaluation_data:evaluation", "-o", "json")
    dataset = Dataset.load(Path(json.loads(fetched.stdout)["folder"]))
    assert (published["digest"], "v0") == (dataset.digest, dataset.version)
