"""The catalogue of candidates: what is wrong with each, and where a rollout must find it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.rollouts import faults
from benchmarks.rollouts.candidates import release
from fraud_local.platform.installation import PREDICTOR
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.strategy.strategy import EvaluationSettings, Gates, Strategy
from fraud_training.release.faulty import copy_with_note, rotate_categories
from fraudctl.flows.demo.stories import demo_strategy

Make = Callable[[Path, Path], None]
"""Writes the candidate to the second folder, made of stable in the first one."""


@dataclass(frozen=True)
class Entry:
    """One candidate and what must become of it."""

    name: str
    make: Make
    end: Phase
    found_in: Phase
    """The phase before the end."""
    gates: frozenset[str] = frozenset()
    """The one that decides is among these; none where no gate is asked."""
    said: str = ""
    """Part of the reason."""
    predictor: tuple[str, ...] = PREDICTOR
    impostor: bool = False
    """Its processes load stable's artifacts."""
    strategy: Strategy = field(default_factory=demo_strategy)

    @property
    def meets_customers(self) -> bool:
        """Whether callers' requests go to it before it is found."""
        return self.found_in in {Phase.CANARY, Phase.SOAK, Phase.PROMOTING}


def _noted(sound: Path, target: Path, note: str) -> None:
    copy_with_note(sound, target, note)


def _spoilt_and_noted(sound: Path, target: Path, fault: faults.Fault) -> None:
    """Noted, so that it is not the candidate with that fault that is rejected by labelled payments."""
    noted = target.with_name(f"{target.name}-noted")
    shutil.rmtree(noted, ignore_errors=True)
    copy_with_note(sound, noted, "unlabelled")
    faults.with_fault(noted, target, fault)


def _running(name: str, fault: str, gates: set[str], strategy: Strategy | None = None) -> Entry:
    return Entry(
        name,
        partial(_noted, note=fault),
        Phase.ROLLED_BACK,
        Phase.CANARY,
        frozenset(gates),
        predictor=("-m", "support.rollouts.faulty_predictor", fault),
        strategy=strategy or demo_strategy(),
    )


def _strict() -> Strategy:
    """The usual limits of errors and memory, at one weight that brings many requests.

    Without the gate of slowness, which a busy machine may fail before.
    """
    return demo_strategy().model_copy(update={"gates": Gates(slow=None), "steps": (50,)})


def _unlabelled() -> Strategy:
    """Without labelled payments: what the replay of live ones finds by itself."""
    usual = demo_strategy()
    off = {"cost": None, "precision": None, "calibration": None, "recall": None, "load": None}
    return usual.model_copy(update=off | {"gates": usual.gates.model_copy(update={"categories": None})})


RUNNING: Final = (
    _running("predictor 0.25 s slower for payments", "slow", {"slow"}),
    _running("one call in a hundred fails", "failing", {"errors"}, _strict()),
    _running("predictor crashes after 40 calls", "crashing", {"errors", "restarts"}),
    _running("predictor keeps 2 MiB of each call", "hoarding", {"memory"}, _strict()),
    Entry(
        "never gets ready",
        partial(_noted, note="unready"),
        Phase.FAILED,
        Phase.PREPARING,
        said="no memory left",
        predictor=("-c", "raise SystemExit('error: no memory left')"),
    ),
    Entry(
        "another release answers in its place",
        partial(_noted, note="impostor"),
        Phase.HELD,
        Phase.PREPARING,
        said="answers on its port",
        impostor=True,
    ),
)
"""Faults of running, not of the model."""
ROTATED: Final = (
    Entry(
        "category columns rotated",
        rotate_categories,
        Phase.ROLLED_BACK,
        Phase.PREFLIGHT,
        frozenset({"cost", "precision"}),
    ),
    Entry(
        "the same, judged without labelled payments",
        partial(_spoilt_and_noted, fault=faults.one_hot_rotated),
        Phase.ROLLED_BACK,
        Phase.SHADOW,
        frozenset({"decisions", "scores"}),
        strategy=_unlabelled(),
    ),
)
EQUAL: Final = Entry(
    "equal answers, other digests", partial(_noted, note="equal"), Phase.PROMOTED, Phase.PROMOTING
)
SHORT: Final = (*RUNNING, *ROTATED, EQUAL)
"""Against a quickly trained release."""

_SPOILT: Final = {
    "hour + 5": faults.hour_shifted,
    "every category unknown": faults.category_unknown,
    "amount in cents": faults.amount_in_cents,
    "amount log1p": faults.amount_log1p,
    "one-hot rotated": faults.one_hot_rotated,
}
_TRAINED: Final = {
    "scale_pos_weight, uncalibrated": "uncalibrated",
    "shuffled labels": "shuffled-labels",
    "constant score": "constant-score",
    "trained quickly": "quick-0",
}
_BENIGN: Final = {"depth 5": "depth-5", "recompiled artifacts": "recompiled"}
_MONEY: Final = frozenset({"cost", "precision", "calibration", "recall", "decisions", "scores"})


def full(seeds: int) -> Iterator[Entry]:
    """Against a fully trained release: all kinds, each fault of the data in so many retrained models."""
    yield from RUNNING
    usual = demo_strategy().model_copy(update={"evaluation": EvaluationSettings(), "pairs": Strategy().pairs})
    for seed in range(seeds):
        for name, fault in _SPOILT.items():
            yield Entry(
                f"{name}, seed {seed}",
                partial(_spoilt, seed=seed, fault=fault),
                Phase.ROLLED_BACK,
                Phase.PREFLIGHT,
                _MONEY,
                strategy=usual,
            )
    for name, folder in _TRAINED.items():
        yield Entry(
            name, partial(_copied, name=folder), Phase.ROLLED_BACK, Phase.PREFLIGHT, _MONEY, strategy=usual
        )
    yield ROTATED[1]
    retrained = {f"retrained, seed {seed}": f"full-{seed}" for seed in range(1, max(2, seeds))}
    for name, folder in (_BENIGN | retrained).items():
        yield Entry(name, partial(_copied, name=folder), Phase.PROMOTED, Phase.PROMOTING, strategy=usual)


def _spoilt(_: Path, target: Path, seed: int, fault: faults.Fault) -> None:
    faults.with_fault(release(f"full-{seed}"), target, fault)


def _copied(_: Path, target: Path, name: str) -> None:
    shutil.copytree(release(name), target)
