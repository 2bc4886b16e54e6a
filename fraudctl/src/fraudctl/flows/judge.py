"""`fraudctl judge`: both releases started, compared on labelled payments, and the judgement written down."""

import secrets
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.dataset import Dataset, evaluated_on, require_unseen
from fraud_contract.errors import SettingsError
from fraud_local.environment import pair_settings, require_pair_settings
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import LONGEST_TEXT, Strategy
from fraud_rollout.offline import Comparison, Judgement, judgement_of
from fraud_rollout.records.details import Details
from fraud_rollout.records.files import RecordFiles
from fraud_rollout.report.process import write_report
from fraudctl.flows.dataset import dataset_of
from fraudctl.flows.found_release import FoundRelease, found, require_named
from fraudctl.flows.labelled_payments import payments_of
from fraudctl.flows.running_release import serving
from fraudctl.run import Connect, Run

_SEED: Final = 0
FEWEST: Final = 1_000
"""Payments of a sample: fewer hold too few frauds."""


@dataclass(frozen=True)
class Question:
    """What is to be judged."""

    stable: str
    """Folder, or alias or version of the model in the registry."""
    candidate: str
    dataset: str | None = None
    """Folder or reference; None for the payments that figures of one of both are of."""
    sample: int | None = None
    """How many of its rows; None for all."""
    strategy: Path | None = None

    @property
    def command(self) -> str:
        """What asks it again."""
        options = {"--dataset": self.dataset, "--sample": self.sample, "--strategy": self.strategy}
        given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
        return shlex.join(["fraudctl", "judge", self.stable, self.candidate, *given])


@dataclass(frozen=True)
class Judged:
    """The answer, and where it is written."""

    record: Record
    details: Details
    record_file: Path
    report: Path

    @property
    def judgement(self) -> Judgement:
        """In one word."""
        return judgement_of(self.record)


def judge(question: Question, run: Run) -> Judged:
    """Start both releases, compare them, write record and report.

    Raises:
        ArtifactError: a release or the dataset cannot be used; `DatasetSeen` if a model learned from it.
        EvidenceMissing: a release did not answer.
        LabelledPaymentsMissing: no dataset was named, and the releases' own payments are not at hand.
        UsageError: a release has an empty name.
        SettingsError: the strategy, the sample, or a FRAUD_* of the environment is impossible.
    """
    for name in (question.stable, question.candidate):
        require_named(name, "release")
    given = strategy_at(question.strategy)
    require_pair_settings(run.environ)
    with run.stages.stage("Read") as stage:
        with run.connecting() as connect:
            stable, candidate = (found(each, run, connect) for each in (question.stable, question.candidate))
            dataset = _dataset(question.dataset, (stable, candidate), run, connect)
        for release in (stable, candidate):  # before processes are started, which takes longest
            require_unseen(dataset, release.model)
        stage.result = f"{dataset.name}: {len(dataset):,} payments, {dataset.document.frauds:,} frauds"
    rows = _sampled(dataset, question.sample)
    strategy = _for_rows(given, len(rows), sampled=question.sample is not None)
    record, comparison = _compared(stable, candidate, (dataset, rows), strategy, run)
    files = RecordFiles(run.workspace.rollouts)
    saved = files.save(record)
    details = comparison.details(question.command)
    if given_settings := pair_settings(run.environ):
        # A policy among them takes the place of both releases' own, so golden rows may differ.
        note = f"Both releases were judged under settings of the environment: {', '.join(given_settings)}."
        run.stages.warn(note)
        details = details.model_copy(update={"notes": (*details.notes, note)})
    files.save_details(saved.id, details)
    with run.stages.stage("Report"):
        report = write_report(run.workspace.rollouts, saved.id)
    return Judged(saved, details, files.path(saved.id), report)


def _dataset(
    given: str | None, releases: tuple[FoundRelease, FoundRelease], run: Run, connect: Connect
) -> Dataset:
    if given is not None:
        return dataset_of(given, run, connect)
    fingerprints = frozenset(evaluated_on(each.model) for each in releases) - {""}
    return payments_of(fingerprints, run, connect, [each.folder for each in releases])


def strategy_at(path: Path | None) -> Strategy:
    """The strategy in a file, or the usual one. Raises `SettingsError` if it is none."""
    if path is None:
        return Strategy()
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_TEXT + 1)
    except FileNotFoundError:
        raise SettingsError(f"No file {path}. Name a strategy's, or leave it out for the defaults.") from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read as text.") from None
    return Strategy.read(text, str(path))


def _compared(
    stable: FoundRelease,
    candidate: FoundRelease,
    data: tuple[Dataset, npt.NDArray[np.intp]],
    strategy: Strategy,
    run: Run,
) -> tuple[Record, Comparison]:
    with ExitStack() as stack:
        with run.stages.stage("Start both") as stage:
            both = [
                stack.enter_context(serving(release, name, run))
                for release, name in ((stable, "stable"), (candidate, "candidate"))
            ]
            stage.result = " and ".join(each.release.name for each in both)
        with run.stages.stage("Compare") as stage:
            comparison = Comparison(both[0], both[1], *data)
            now = _now()
            record = Record(
                id=f"judge-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
                created=now,
                stable=both[0].release,
                candidate=both[1].release,
                strategy=strategy,
            )
            record = comparison.run(record, _now, stage)
            stage.result = judgement_of(record).value
    for note in comparison.notes:
        run.stages.warn(note)
    return record, comparison


def _sampled(dataset: Dataset, sample: int | None) -> npt.NDArray[np.intp]:
    """Rows of the dataset, in their order; the same ones each time."""
    if sample is None:
        return np.arange(len(dataset))
    if not FEWEST <= sample <= len(dataset):
        raise SettingsError(f"--sample {sample}: choose {FEWEST:,} to {len(dataset):,} payments.")
    return np.sort(np.random.default_rng(_SEED).choice(len(dataset), sample, replace=False))


def _for_rows(strategy: Strategy, rows: int, *, sampled: bool) -> Strategy:
    """The strategy, asking for no more payments than a sample that was asked for has."""
    evaluation = strategy.evaluation
    if rows >= evaluation.rows:
        return strategy
    if not sampled:
        raise SettingsError(
            f"The dataset has {rows:,} payments, and the strategy asks for {evaluation.rows:,} "
            "(evaluation.rows). Name another dataset or strategy, or say --sample to judge by fewer."
        )
    fewer = evaluation.model_copy(update={"rows": rows})
    return strategy.model_copy(update={"evaluation": fewer})


def _now() -> datetime:
    return datetime.now(UTC)
