"""The proof sees a single wrong bit, and tries what could hide one."""

import numpy as np
import pytest

from fraud_contract.errors import ArtifactError
from fraud_contract.features import AmountBlock, AmountStep, CompiledFeatures, FeatureSpec, TableBlock
from fraud_contract.transaction import MAX_AMOUNT
from fraud_training.preprocessing.prepared import Prepared, prepare
from fraud_training.preprocessing.proof import UNKNOWN_NAMES, amounts_to_try, proof_rows, prove
from support.artifacts.transactions import CATEGORIES, transactions


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(transactions(5_000).astype({"category": "category"}))


def test_the_whole_grid_is_proven(prepared: Prepared) -> None:
    combinations = (len(CATEGORIES) + len(UNKNOWN_NAMES)) * 24 * 7
    assert prepared.proven_rows == combinations * 24
    rows = proof_rows(prepared.spec, np.random.default_rng(0))
    assert len(rows.groupby(["category", "hour", "day_of_week"])) == combinations


def test_every_amount_is_a_valid_one_and_thousands_are_tried(prepared: Prepared) -> None:
    amounts = amounts_to_try(prepared.spec, np.random.default_rng(0))
    assert len(amounts) > 5_000
    assert (amounts > 0).all()
    assert amounts.max() == MAX_AMOUNT


def test_some_amounts_come_out_exactly_on_a_rounding_tie(prepared: Prepared) -> None:
    (block,) = [each for each in prepared.spec.blocks if isinstance(each, AmountBlock)]
    subtract, divide = (step.value for step in block.steps)
    values = (amounts_to_try(prepared.spec, np.random.default_rng(0)) - subtract) / divide
    below = values.astype(np.float32)
    gaps = np.abs(values - below) / np.spacing(np.abs(below)).astype(np.float64)
    assert np.sum(gaps == 0.5) > 100


def changed(spec: FeatureSpec, **blocks: AmountBlock | TableBlock) -> FeatureSpec:
    return spec.model_copy(update={"blocks": tuple(blocks.get(block.kind, block) for block in spec.blocks)})


def test_a_mean_off_by_one_bit_is_found(prepared: Prepared) -> None:
    (block,) = [each for each in prepared.spec.blocks if isinstance(each, AmountBlock)]
    subtract, divide = block.steps
    off = AmountStep(operation="subtract", value=float(np.nextafter(subtract.value, 0)))
    with pytest.raises(ArtifactError, match=r"amt of \{.*values differ"):
        prove(changed(prepared.spec, amount=AmountBlock(steps=(off, divide))), prepared.preprocessor)


def test_another_order_of_operations_is_found(prepared: Prepared) -> None:
    (block,) = [each for each in prepared.spec.blocks if isinstance(each, AmountBlock)]
    subtract, divide = block.steps
    steps = (divide, AmountStep(operation="subtract", value=subtract.value / divide.value))
    with pytest.raises(ArtifactError, match="amt of"):
        prove(changed(prepared.spec, amount=AmountBlock(steps=steps)), prepared.preprocessor)


def test_swapped_categories_are_found(prepared: Prepared) -> None:
    spec = prepared.spec.model_copy(update={"categories": prepared.spec.categories[::-1]})
    with pytest.raises(ArtifactError, match="category_"):
        prove(spec, prepared.preprocessor)


def test_a_negative_zero_is_not_a_zero(prepared: Prepared) -> None:
    tables = [block for block in prepared.spec.blocks if isinstance(block, TableBlock)]
    encoder = tables[-1]
    values = tuple(tuple(value or -0.0 for value in row) for row in encoder.values)
    blocks = (*prepared.spec.blocks[:-1], encoder.model_copy(update={"values": values}))
    with pytest.raises(ArtifactError, match=r"np\.float32\(-0\.0\), should be np\.float32\(0\.0\)"):
        prove(prepared.spec.model_copy(update={"blocks": blocks}), prepared.preprocessor)


def test_unknown_names_are_unknown_to_the_compiled_form(prepared: Prepared) -> None:
    compiled = CompiledFeatures(prepared.spec)
    assert not any(map(compiled.knows, UNKNOWN_NAMES))
