"""What real candidates answered, kept so small that a study repeats in seconds.

Draws of payments are independent, so the number of payments in each cell (category, both decisions, whether
the scores differ) is all that the online gates can see of a window.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.rollouts.candidates import CATALOGUE, Candidate
from fraud_contract.policy import Decision
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.evaluation import Evaluation
from fraud_rollout.judge.gates import within

FILE: Final = Path(__file__).with_name("recorded.json")
Cell = tuple[str, int, int, bool, int]
"""Category, stable's decision, the candidate's, whether scores differ, payments."""


@dataclass(frozen=True)
class Recorded:
    """One candidate's evaluation, and its answers to the traffic window."""

    candidate: Candidate
    evaluation: Evaluation
    cells: Sequence[Cell]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Payments by cell."""
        return np.array([cell[-1] for cell in self.cells])

    def indicators(self) -> Mapping[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """By gate, how many events and observations a payment of each cell adds."""
        categories = np.array([cell[0] for cell in self.cells])
        stable, candidate = (np.array([cell[side] for cell in self.cells]) for side in (1, 2))
        differs = np.array([cell[3] for cell in self.cells])
        ones = np.ones(len(self.cells))
        counted = {
            "decisions": ((stable != candidate).astype(float), ones),
            "scores": (differs.astype(float), ones),
        }
        for gate, decision in (("reviews", Decision.REVIEW), ("blocks", Decision.BLOCK)):
            ours = (candidate == decision).astype(float)
            counted[gate] = (ours, ours + (stable == decision))
        for gate, (events, observations) in tuple(counted.items()):
            for name in np.unique(categories):
                inside = categories == name
                counted[within(gate, str(name))] = (events * inside, observations * inside)
        return counted


def cells_of(
    stable: Answers, candidate: Answers, categories: npt.NDArray[np.object_], difference: float
) -> list[Cell]:
    """The cells of both releases' answers to the same payments."""
    names, codes = np.unique(categories.astype(str), return_inverse=True)
    differs = np.abs(candidate.scores.astype(np.float64) - stable.scores) > difference
    columns = np.stack([codes, stable.decisions, candidate.decisions, differs])
    cells, sizes = np.unique(columns, axis=1, return_counts=True)
    return [
        (str(names[code]), int(before), int(after), bool(differs), int(size))
        for (code, before, after, differs), size in zip(cells.T.tolist(), sizes.tolist(), strict=True)
    ]


def save(recorded: Sequence[Recorded], path: Path = FILE) -> None:
    """Write all of them, one candidate a line."""
    lines = [
        json.dumps(
            {
                "candidate": each.candidate.name,
                "evaluation": each.evaluation.model_dump(mode="json"),
                "cells": each.cells,
            },
            separators=(",", ":"),
        )
        for each in recorded
    ]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def load(path: Path = FILE) -> list[Recorded]:
    """All that is recorded, in the order of the catalogue."""
    found: dict[str, Any] = {each["candidate"]: each for each in json.loads(path.read_text())}
    return [
        Recorded(
            candidate=candidate,
            evaluation=Evaluation.model_validate(found[candidate.name]["evaluation"]),
            cells=[tuple(cell) for cell in found[candidate.name]["cells"]],
        )
        for candidate in CATALOGUE
    ]
