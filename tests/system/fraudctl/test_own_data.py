"""docs/how-to/your-data.md does what it says, for shops of 3 and of 300 departments."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import MODEL_DOCUMENT, GoldenRows, ModelDocument
from fraud_contract.artifacts.training_record import TRAINING_RECORD, TrainingRecord
from fraud_local.workspace import Workspace
from fraud_registry.access.account import Account
from fraudctl.flows.labelled_payments import LabelledPaymentsMissing, payments_of
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.fraudctl import environment
from support.processes import Process, started
from support.registries.by_hand import download_run, log_folder

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/your-data.md").read_text()
TRAIN, SHOW_PLAN, TRAIN_BY_PLAN, PUBLISH_PAYMENTS = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)
COSTS, GATES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
MODEL = "production_model"
DEPARTMENTS = [f"aisle {number}, <{'|&]['[number % 4]}> $^$" for number in range(300)]
"""What people call things."""


def payments(rows: int, departments: list[str]) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    fraud = generator.random(rows) < 0.03
    times = pd.date_range("2025-01-01", periods=rows, freq="13min")
    return pd.DataFrame(
        {
            "paid_at": times.strftime("%Y-%m-%d %H:%M:%S"),
            "department": generator.choice(departments, rows),
            "price": np.round(np.where(fraud, 900, 30) * generator.uniform(0.5, 2, rows), 2),
            "outcome": np.where(fraud, "chargeback", "settled"),
        }
    )


def run(command: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", command], cwd=home, env=environment(home), capture_output=True, text=True, check=False
    )


def shop(home: Path, frame: pd.DataFrame) -> Path:
    (home / ".venv").symlink_to(ROOT / ".venv")
    frame.to_csv(home / "payments.csv", index=False)
    return home


def workspace_run(home: Path) -> Run:
    environ = environment(home)
    return Run(Workspace.find(environ), environ, Stages(Console(stderr=True)))


@contextmanager
def registry(home: Path) -> Iterator[Account]:
    """The embedded registry of the workspace, while it is needed."""
    with workspace_run(home).registry() as opened:
        yield opened.account


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace whose release was trained on a dataset artifact of its registry, and the published run."""
    home = shop(tmp_path_factory.mktemp("registry"), payments(8_000, ["books", "café", "toys"]))
    mine = home / "mine"
    mine.mkdir()
    (home / "payments.csv").rename(mine / "payments.csv")
    with registry(home) as account:
        log_folder(account, "payments", "dataset", mine)
        data = f"wandb://local/{account.project}/payments:latest"
    trained = run(TRAIN.replace("--data payments.csv", f"--data {data}"), home)
    assert trained.returncode == 0, trained.stderr
    done = run(".venv/bin/fraudctl publish var/shop -o json", home)
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)["run"]


@pytest.fixture(scope="module")
def small(published: tuple[Path, str]) -> Path:
    """The release of a shop of three departments."""
    home, _ = published
    return home / "var/shop"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a shop of three hundred departments, by its plan with costs and quality gates of its own."""
    home = shop(tmp_path_factory.mktemp("large"), payments(30_000, DEPARTMENTS))
    (home / "costs.toml").write_text(COSTS)
    shown = run(SHOW_PLAN.replace("--show-plan", "--costs costs.toml --show-plan"), home)
    assert shown.returncode == 0, shown.stderr
    plan = home / "plan.toml"
    plan.write_text(re.sub(r"\[quality_gates\]\n(.+\n)*", GATES, plan.read_text()))
    done = run(TRAIN_BY_PLAN, home)
    assert done.returncode == 0, done.stderr
    return home / "var/again"


@pytest.fixture(scope="module")
def served(large: Path) -> Iterator[Process]:
    with started() as start:
        process = start("fraud_standalone", MODEL_DIR=large / MODEL, PREPROCESSOR_DIR=large / "preprocessor")
        process.wait_ready()
        yield process


def payments_at(home: Path, fingerprints: frozenset[str], *releases: Path) -> Dataset:
    run = workspace_run(home)
    with run.connecting() as connect:
        return payments_of(fingerprints, run, connect, releases)


def test_a_shop_of_three_departments(small: Path) -> None:
    card = (small / MODEL / "MODEL_CARD.md").read_text()
    assert "4,800 payments" in card
    assert "simulated" not in card
    assert {"books", "café", "toys"} <= set(GoldenRows.read(small / MODEL / "golden.json").category)


def test_hours_are_those_of_the_shop(small: Path) -> None:
    # The first payment was made at midnight UTC, which is one o'clock in Berlin.
    assert "2025-01-01 01:00:00" in (small / MODEL / "MODEL_CARD.md").read_text()


def test_releases_are_judged_by_payments_that_they_were_measured_by(
    small: Path, large: Path, published: tuple[Path, str]
) -> None:
    home, _ = published
    done = run(f"{PUBLISH_PAYMENTS} -o json", home)
    assert done.returncode == 0, done.stderr
    dataset = json.loads(done.stdout)
    of_small, of_large = (fingerprints(release) for release in (small, large))
    assert of_small == {dataset["fingerprint"]}
    assert dataset["digest"] == payments_at(home, of_small).digest
    assert of_large == {payments_at(home, of_large, large).document.fingerprint}
    with pytest.raises(LabelledPaymentsMissing) as refused:  # neither the small shop's nor the repository's
        payments_at(home, of_large, small)
    assert 3 == refused.value.message.count("is not what their own figures are of.")
    assert "fraudctl dataset publish DIR" in refused.value.message


def fingerprints(release: Path) -> frozenset[str]:
    data = ModelDocument.read(release / MODEL / MODEL_DOCUMENT).data
    return frozenset({data["evaluation"]["sha256"]})


def test_the_plan_decides(large: Path) -> None:
    document = ModelDocument.read(large / MODEL / MODEL_DOCUMENT)
    record = TrainingRecord.read(large / TRAINING_RECORD)
    assert tomllib.loads(COSTS) == record.config["costs"]
    assert tomllib.loads(GATES)["quality_gates"] == document.metrics["quality_gates"]
    assert document.parameters["seed"] == 1


def test_three_hundred_departments_are_served(served: Process) -> None:
    rows = [{"amt": 45.0, "hour": 14, "day_of_week": 3, "category": name} for name in DEPARTMENTS]
    with httpx.Client(base_url=served.url, timeout=60) as client:
        answer = client.post("/predict/batch", json={"transactions": rows}).json()
        unknown = client.post("/predict/", json=rows[0] | {"category": "garden"}).json()
    assert all("warnings" not in each for each in answer["predictions"])
    assert "unknown_category" == unknown["warnings"][0]["code"]


def test_names_in_the_card_are_no_markup(large: Path) -> None:
    card = (large / MODEL / "MODEL_CARD.md").read_text()
    rows = re.findall(r"^\| aisle .*$", card, re.MULTILINE)
    assert rows
    assert [] == [row for row in rows if re.search(r"(?<!\\)[<\[&]", row)]


def test_a_model_that_fails_a_gate_is_written_only_when_asked_for(tmp_path: Path) -> None:
    frame = payments(4_000, ["books"])
    frame["outcome"] = frame["outcome"].sample(frac=1, random_state=0).to_numpy()
    home = shop(tmp_path, frame)
    refused = run(TRAIN, home)
    assert refused.returncode == 1
    assert "fails 1 quality gate(s)" in " ".join(refused.stderr.split())
    assert not (home / "var/shop").exists()
    accepted = run(f"{TRAIN} --accept-below-bars", home)
    assert accepted.returncode == 0, accepted.stderr
    document = ModelDocument.read(home / "var/shop" / MODEL / MODEL_DOCUMENT)
    assert document.metrics["failed_gates"][0].startswith("ROC AUC")
    assert "**Below its quality gates**" in (home / "var/shop" / MODEL / "MODEL_CARD.md").read_text()


def test_unusable_rows_are_named_and_counted(tmp_path: Path) -> None:
    frame = payments(100, ["books"])
    frame["price"] = frame["price"].astype(object)
    frame.loc[4, "price"] = "many"
    frame.loc[9, "outcome"] = "perhaps"
    done = run(TRAIN, shop(tmp_path, frame))
    assert done.returncode == 2
    message = " ".join(done.stderr.split())
    assert "2 row(s) are unusable" in message
    assert "payments.csv row 5: amt (price) is no number" in message
    assert "payments.csv row 10: is_fraud (outcome) is none of chargeback, settled" in message
    assert not (tmp_path / "var/shop").exists()


def test_training_on_a_dataset_artifact_names_its_version(small: Path) -> None:
    record = TrainingRecord.read(small / TRAINING_RECORD)
    [source] = tomllib.loads(record.config["plan"])["data"]["files"]
    assert source.endswith("/payments:v0")


def test_the_plots_are_files_of_the_run_and_shown_on_its_page(
    published: tuple[Path, str], tmp_path: Path
) -> None:
    home, address = published
    drawn = {path.stem: path.read_bytes() for path in (home / "var/shop" / MODEL).glob("*.png")}
    with registry(home) as account:
        download_run(account, address.replace("/runs/", "/"), tmp_path)
        credentials = ("api", account.api_key.get_secret_value())
        with httpx.Client(base_url=account.base_url, auth=credentials, timeout=60) as client:
            images = re.findall(r'<img src="([^"]+)"', client.get(f"/{address}").text)
            shown = {_plot(image): client.get(image) for image in images}
    kept = {_plot(path.name): path.read_bytes() for path in (tmp_path / "media/images/plots").iterdir()}
    assert {"calibration", "confusion", "importance", "months", "precision_recall", "scores"} == set(drawn)
    assert drawn == kept
    assert drawn == {name: image.content for name, image in shown.items()}
    assert {"image/png"} == {image.headers["content-type"] for image in shown.values()}


def _plot(name: str) -> str:
    """The plot's name in that of a media file: `confusion_1_0123abcd.png`."""
    return re.sub(r"_\d+_[0-9a-f]+$", "", Path(unquote(name)).stem)
