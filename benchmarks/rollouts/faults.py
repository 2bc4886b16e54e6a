"""Faults of preprocessing, put into a release that was trained without them.

The artifacts stay consistent with each other: golden rows, digests and the model's pin are made anew from
what the faulty release answers, so that nothing but a comparison with another release can find the fault.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.rollouts.scored import scorer_of
from fraud_contract.artifacts.loading import (
    FEATURE_SPEC,
    GOLDEN,
    MODEL_DOCUMENT,
    PREPROCESSOR,
    PRODUCTION_MODEL,
    GoldenRows,
    ModelArtifact,
    PreprocessorArtifact,
    PreprocessorPin,
)
from fraud_contract.artifacts.manifest import seal
from fraud_contract.features import AmountBlock, AmountStep, Block, CompiledFeatures, FeatureSpec, TableBlock

Fault = Callable[[Block], Block]
"""A block of the feature spec, spoilt; others are returned as they are."""


def one_hot_rotated(block: Block) -> Block:
    """Each category lights the next one's column."""
    if not isinstance(block, TableBlock) or block.inputs != ("category",):
        return block
    return block.model_copy(update={"values": tuple((*row[-1:], *row[:-1]) for row in block.values)})


def category_unknown(block: Block) -> Block:
    """Every category is taken for an unknown one."""
    if not isinstance(block, TableBlock) or block.inputs != ("category",):
        return block
    return block.model_copy(update={"values": (block.values[-1],) * len(block.values)})


def hour_shifted(block: Block) -> Block:
    """The clock is five hours ahead, as of another time zone."""
    return _rolled(block, "hour", 5)


def day_shifted(block: Block) -> Block:
    """The week begins on another day."""
    return _rolled(block, "day_of_week", 1)


def _rolled(block: Block, name: str, by: int) -> Block:
    if not isinstance(block, TableBlock) or block.inputs != (name,):
        return block
    return block.model_copy(update={"values": (*block.values[by:], *block.values[:by])})


def amount_in_cents(block: Block) -> Block:
    """The amount is a hundred times what training saw."""
    return _first(block, AmountStep(operation="multiply", value=100.0))


def amount_log1p(block: Block) -> Block:
    """The amount is transformed once more than in training."""
    return _first(block, AmountStep(operation="log1p"))


def _first(block: Block, step: AmountStep) -> Block:
    if not isinstance(block, AmountBlock):
        return block
    return block.model_copy(update={"steps": (step, *block.steps)})


def nothing(block: Block) -> Block:
    """No fault: the same answers from artifacts with other digests."""
    return block


def with_fault(sound: Path, target: Path, fault: Fault) -> None:
    """A copy of the release in `sound` with `fault` in its preprocessing, written to `target`."""
    shutil.copytree(sound, target)
    folder, model_folder = target / PREPROCESSOR, target / PRODUCTION_MODEL
    spec = PreprocessorArtifact.load(folder).spec
    spoilt = FeatureSpec.model_validate(
        spec.model_dump() | {"blocks": tuple(fault(block).model_dump() for block in spec.blocks)}
    )
    spoilt.write(folder / FEATURE_SPEC)
    golden = PreprocessorArtifact.load(sound / PREPROCESSOR).golden
    with_features = _with_features(golden, spoilt)
    with_features.write(folder / GOLDEN)
    digest = seal(folder, "preprocessor")
    model = ModelArtifact.load(sound / PRODUCTION_MODEL)
    # Formatted anew, so that its digest differs even where nothing else does.
    document = model.document.model_copy(
        update={
            "preprocessor": PreprocessorPin(digest=digest, feature_spec_hash=spoilt.hash),
            "parameters": model.document.parameters | {"copied": True},
        }
    )
    document.write(model_folder / MODEL_DOCUMENT)
    _scored(_with_features(model.golden, spoilt), target).write(model_folder / GOLDEN)
    seal(model_folder, "model")


def _with_features(golden: GoldenRows, spec: FeatureSpec) -> GoldenRows:
    compiled = CompiledFeatures(spec)
    features = compiled.rows(golden.amt, golden.hour, golden.day_of_week, golden.category)
    return golden.model_copy(update={"features": tuple(map(tuple, features.tolist()))})


def _scored(golden: GoldenRows, target: Path) -> GoldenRows:
    scorer, policy = scorer_of(target)
    scores = scorer.scores(np.array(golden.features, np.float32))
    decisions = policy.decide_all(scores, np.array(golden.amt))
    return golden.model_copy(update={"score": tuple(scores.tolist()), "decision": tuple(decisions.tolist())})
