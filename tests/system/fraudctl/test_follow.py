"""`serve --follow` and the verbs of `rollout`, each from a process of its own, on small releases."""

import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_contract.artifacts.loading import PRODUCTION_MODEL
from fraud_contract.artifacts.manifest import SIGNATURE, seal
from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.artifacts.training_record import TRAINING_RECORD
from fraud_local.registry import opened
from fraud_local.workspace import Workspace
from fraud_registry.artifacts.fetch import fetch_files
from fraud_registry.references import parse
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.files import RecordFiles
from fraud_training.release.faulty import copy_with_note
from support.artifacts.datasets import small_dataset
from support.artifacts.training_output import RECORD, write_training_output
from support.fraudctl import environment, fraudctl, processes_of, started
from support.processes import free_port
from support.waiting import eventually

STRATEGY = """
gates:
  decisions: null
  scores: null
  errors: {tolerable: 0.05, harmful: 0.5}
  slow: null
  memory: null
evaluation: {rows: 1000, resamples: 200}
steps: [50]
approval: beforeTraffic
keepWarm: 0s
"""


@dataclass
class Service:
    """A running `serve --follow`."""

    home: Path
    port: int
    keys: Path
    """Holds `release.key`, which it signs records with, and `release.pub`, which it trusts."""
    said: list[str]
    """Lines of its standard error."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rollout(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return fraudctl(self.home, "rollout", *arguments)

    def accepted(self, *arguments: str) -> dict[str, Any]:
        """What a verb answers that is carried out."""
        done = self.rollout(*arguments, "-o", "json")
        assert 0 == done.returncode, done.stderr
        return dict(json.loads(done.stdout))

    def refused(self, *arguments: str) -> str:
        """The last line of what a verb says that is not carried out."""
        done = self.rollout(*arguments)
        assert (1, "") == (done.returncode, done.stdout)
        return done.stderr.splitlines()[-1]

    def reaches(self, phase: str) -> int:
        """Exit code of `status` once the newest rollout is in `phase`."""

        records = RecordFiles(Workspace(self.home).rollouts)
        eventually(
            lambda: max(records.all(), key=lambda each: each.created).phase == phase, seconds=120, pause=0.2
        )
        done = self.rollout("status", "-o", "json")
        assert phase == json.loads(done.stdout)["phase"]
        return done.returncode

    def says(self, words: str) -> bool:
        """Whether a line of its standard error holds the words."""
        return any(words in line for line in self.said)

    def release(self) -> str:
        """The release that answers."""
        return str(httpx.get(f"{self.url}/health").json()["release"])


def published(home: Path, folder: Path, alias: str = "candidate", key: Path | None = None) -> None:
    signing = ("--sign-with", str(key)) if key else ()
    done = fraudctl(home, "publish", str(folder), "--alias", alias, *signing)
    assert 0 == done.returncode, done.stderr


def another(stable: Path, name: str) -> Path:
    """The stable release under another name, ready to be published."""
    copy_with_note(stable, stable.parent / name, name)
    RECORD.write(stable.parent / name / TRAINING_RECORD)
    (stable.parent / name / PRODUCTION_MODEL / SIGNATURE).unlink()  # of what it is a copy of
    return stable.parent / name


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """One signed release in production, small labelled payments, and the service over both."""
    home, key = tmp_path / "home", tmp_path / "release.key"
    trusted = SigningKey.new(key, tmp_path / "release.pub").trusted_keys
    published(home, write_training_output(tmp_path / "stable", 70.0), key=key)
    assert 0 == fraudctl(home, "registry", "promote").returncode
    datasets = Workspace(home).datasets
    datasets.mkdir(parents=True)
    small_dataset(datasets / "evaluation")
    (home / "strategy.yaml").write_text(STRATEGY)
    port = free_port()
    options = ("--port", str(port), "--strategy", str(home / "strategy.yaml"), "--sign-with", str(key))
    said: list[str] = []
    with started(home, "serve", "--follow", "--poll", "5", *options, FRAUD_TRUSTED_KEYS=trusted) as process:
        reader = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        reader.start()
        try:
            eventually(lambda: httpx.get(f"http://127.0.0.1:{port}/health").is_success, seconds=60)
            yield Service(home, port, tmp_path, said)
        finally:
            process.send_signal(signal.SIGINT)
            reader.join(120)
            process.kill()
    eventually(lambda: not processes_of(home), seconds=10)


def callers(url: str, done: Callable[[], object]) -> None:
    """Payments are sent by two callers until `done` returns."""
    ended = threading.Event()
    payment = {"amt": 12.5, "hour": 3, "day_of_week": 2, "category": "travel"}

    def call() -> None:
        with httpx.Client() as client:
            while not ended.wait(0.02):
                client.post(f"{url}/predict/", json=payment).raise_for_status()

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(call) for _ in range(2)]
        try:
            done()
        finally:
            ended.set()
        for each in calls:
            each.result()


def unusable_candidates_are_refused(service: Service, folder: Path) -> None:
    """Not in the registry, without a preprocessor, and of a schema that this software does not read."""
    assert "is in no registry. Publish it: fraudctl publish DIR" in service.refused(
        "start", str(folder / "stable")
    )
    for name in ("alone", "newer"):
        shutil.copytree(folder / "stable", folder / name)
    shutil.rmtree(folder / "alone" / "preprocessor")
    assert "no preprocessor artifact at " in service.refused("start", str(folder / "alone"))
    document = folder / "newer" / "production_model" / "model.json"
    document.write_text(json.dumps(json.loads(document.read_text()) | {"schema_version": 99}))
    (document.parent / "manifest.json").unlink()
    seal(document.parent, "model")
    assert "schema version" in service.refused("start", str(folder / "newer"))


def records(service: Service) -> Sequence[Record]:
    return RecordFiles(Workspace(service.home).rollouts).all()


def untrusted_candidates_are_refused(service: Service, folder: Path) -> None:
    """Published as candidates, one unsigned and one signed by another key: each is named, and none serves."""
    other = folder / "other.key"
    SigningKey.new(other, folder / "other.pub")
    unsigned = "production_model:v1 is not signed: it has no manifest.sig"
    wrongly = "production_model:v2 is signed by none of the keys in FRAUD_TRUSTED_KEYS"
    for name, key, refusal in (("unsigned", None, unsigned), ("wrongly-signed", other, wrongly)):
        published(service.home, another(folder / "stable", name), key=key)
        eventually(partial(service.says, refusal), seconds=60)
        assert refusal in service.refused("start", "candidate", "--again")
    assert [] == list(records(service))


def records_are_signed(service: Service, folder: Path) -> None:
    """Every rollout that ended is in the registry with a signature that OpenSSL verifies."""
    rollouts = Workspace(service.home).rollouts
    ended = [record.id for record in records(service) if record.phase in ENDS]
    eventually(lambda: all((rollouts / f"{each}.run").exists() for each in ended), seconds=120)
    with opened(Workspace(service.home), environment(service.home)) as registry:
        for each in ended:
            fetch_files(registry.account, parse(f"{each}:latest"), folder / each)
    shape = ("-pubin", "-inkey", service.keys / "release.pub", "-rawin")
    for each in ended:
        record = folder / each / f"{each}.json"
        assert each == json.loads(record.read_text())["id"]
        files = ("-in", record, "-sigfile", record.with_name(f"{record.name}.sig"))
        checked = subprocess.run(
            ["openssl", "pkeyutl", "-verify", *shape, *files], capture_output=True, text=True, check=False
        )
        assert (0, "Signature Verified Successfully\n") == (checked.returncode, checked.stdout)
    assert len(ended) >= 4


@pytest.mark.timeout(1_800)  # for what hangs: forty processes of a command line, beside other work
def test_every_verb_from_another_process(service: Service, tmp_path: Path) -> None:
    stable = service.release()
    assert "is in production already" in service.refused("start", "production")
    unusable_candidates_are_refused(service, tmp_path)
    untrusted_candidates_are_refused(service, tmp_path)
    assert stable == service.release()

    # At an alias of its own: what is published as candidate gets a rollout by itself, sooner or later.
    published(service.home, another(tmp_path / "stable", "second"), "second", service.keys / "release.key")
    service.accepted("start", "second")
    assert "Held" == service.accepted("pause", "--reason", "lunch")["phase"]
    assert 4 == service.reaches("Held")
    assert "refused: nothing waits for a person's acceptance" in service.refused("promote", "--yes")
    assert "resumed by" in service.accepted("resume")["answer"]
    service.accepted("abort", "--reason", "not today")
    assert 3 == service.reaches("RolledBack")
    assert "refused: nothing to abort in RolledBack" in service.refused("abort")
    assert "ended before its gates had decided: aborted by" in service.refused("start", "second")

    service.accepted("start", "second", "--again")
    assert 4 == service.reaches("Held")
    second = service.accepted("promote", "--yes", "--reason", "looked at it")
    assert "Canary" == second["phase"]
    callers(service.url, lambda: service.reaches("Promoted"))
    eventually(lambda: service.release() != stable, seconds=10)
    assert 0 == service.rollout("status").returncode

    service.accepted("rollback", "--reason", "chargebacks")
    assert 3 == service.reaches("RolledBack")
    eventually(lambda: service.release() == stable, seconds=10)

    left = json.loads(service.rollout("status", "-o", "json").stdout)["candidate"]["name"]
    service.accepted("start", "second", "--again")
    assert 4 == service.reaches("Held")
    assert "v9" in service.refused("rollback", "--to", "v9", "--reason", "a version that never was")
    # It ends the rollout that is under way.
    service.accepted("rollback", "--to", left, "--reason", "it was not the release")
    assert 3 == service.reaches("RolledBack")
    eventually(lambda: service.release() == left, seconds=30)

    # Signed by a trusted key, and published as candidate: it is followed without a word of anybody.
    published(service.home, another(tmp_path / "stable", "third"), key=service.keys / "release.key")
    assert 4 == service.reaches("Held")
    assert "v4" == max(records(service), key=lambda each: each.created).candidate.model.version
    records_are_signed(service, tmp_path / "fetched")
