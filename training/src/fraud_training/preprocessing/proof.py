"""Proof that compiled features equal scikit-learn's, bit for bit, before anything is published."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import ColumnTransformer

from fraud_contract.errors import ArtifactError
from fraud_contract.features import AmountBlock, AmountStep, CompiledFeatures, FeatureSpec
from fraud_contract.transaction import DAYS, HOURS, MAX_AMOUNT, MAX_CATEGORY_LENGTH
from fraud_training.preprocessing.compile import UNKNOWN, grid
from fraud_training.preprocessing.preprocessor import sklearn_features

UNKNOWN_NAMES: Final = (UNKNOWN, "grocery", "x" * MAX_CATEGORY_LENGTH, "épicerie")
"""Names that no training data holds, of different kinds: near a known one, longest, not ASCII."""
EDGES: Final = (5e-324, 2.2250738585072014e-308, 1e-9, 0.01, 0.1, 1.0, 9.99, 100.0, 1e6, MAX_AMOUNT)
_DRAWN: Final = 1_000
"""Amounts of each kind; some 6,000 in all."""
_AMOUNTS_PER_COMBINATION: Final = 24
_ROWS: Final = 300_000
"""With more categories each combination has fewer amounts, at least four."""
_PART: Final = 1 << 24
"""Features that are compared at once: 64 MiB."""

_FORTH: Final = {"subtract": np.subtract, "add": np.add, "divide": np.divide, "multiply": np.multiply}
_BACK: Final = {"subtract": np.add, "add": np.subtract, "divide": np.multiply, "multiply": np.divide}


def prove(spec: FeatureSpec, preprocessor: ColumnTransformer, seed: int = 0) -> int:
    """The number of rows on which compiled and original features were found equal in every bit.

    Rows: every combination of hour, day and category (known, and four unknown names), each with amounts
    drawn from thousands of all magnitudes, whole cents, edges, and neighbours of float32 rounding ties.

    Raises:
        ArtifactError: a feature differs; the message shows the first transaction and feature that does.
    """
    rows = proof_rows(spec, np.random.default_rng(seed))
    compiled = CompiledFeatures(spec)
    # In parts that fit into memory, two at least and of different sizes: over the whole grid an answer that
    # hangs on a row's neighbours could balance out.
    first = min(len(rows) // 3, _PART // compiled.width)
    for start, end in pairwise((0, *range(first, len(rows), max(1, _PART // compiled.width)), len(rows))):
        part = rows.iloc[start:end]
        expected = sklearn_features(preprocessor, part)
        columns = [part[name].tolist() for name in ("amt", "hour", "day_of_week", "category")]
        single = b"".join(map(compiled.row, *columns))
        for actual in (
            compiled.rows(part["amt"], part["hour"], part["day_of_week"], columns[-1]),
            np.frombuffer(single, "<f4").reshape(len(part), compiled.width),
        ):
            _require_equal(expected, actual, part, spec.names)
    return len(rows)


def proof_rows(spec: FeatureSpec, generator: np.random.Generator) -> pd.DataFrame:
    """The transactions of the proof, in random order so that no answer can hang on its neighbours."""
    combinations = grid(
        {
            "category": (*spec.categories, *UNKNOWN_NAMES),
            "hour": range(HOURS),
            "day_of_week": range(DAYS),
        }
    )
    each = max(4, min(_AMOUNTS_PER_COMBINATION, _ROWS // len(combinations)))
    rows = combinations.loc[np.repeat(combinations.index, each)]
    pool = amounts_to_try(spec, generator)
    amounts = np.resize(generator.permutation(pool), len(rows))
    return rows.assign(amt=amounts).sample(frac=1, random_state=generator).reset_index(drop=True)


def amounts_to_try(spec: FeatureSpec, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Amounts of all magnitudes, whole cents, edges, and those on which rounding to float32 may turn."""
    cents = generator.integers(1, 100_000_00, _DRAWN) / 100
    magnitudes = 10 ** generator.uniform(-9, 9, _DRAWN)
    ties = [_near_ties(block.steps, cents) for block in spec.blocks if isinstance(block, AmountBlock)]
    amounts = np.concatenate([cents, magnitudes, np.array(EDGES), _midpoints(cents), *ties])
    return amounts[(amounts > 0) & (amounts <= MAX_AMOUNT)]


def _midpoints(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The doubles half-way between the float32 next to each value and the one above it."""
    below = values.astype(np.float32)
    return (below.astype(np.float64) + np.nextafter(below, np.float32(np.inf))) / 2


def _near_ties(steps: Sequence[AmountStep], amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Amounts whose column comes out next to a tie: the steps forth, to the tie, back, and one ulp about."""
    values = amounts
    for step in steps:
        forth = _FORTH.get(step.operation)
        values = forth(values, step.value) if forth else np.log1p(values)
    values = amounts_of(steps, _midpoints(values))
    return np.concatenate([np.nextafter(values, 0), values, np.nextafter(values, np.inf)])


def amounts_of(steps: Sequence[AmountStep], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Amounts for which the steps give about `values`."""
    for step in reversed(steps):
        back = _BACK.get(step.operation)
        values = back(values, step.value) if back else np.expm1(values)
    return values


def _require_equal(
    expected: npt.NDArray[np.float32],
    actual: npt.NDArray[np.float32],
    rows: pd.DataFrame,
    names: Sequence[str],
) -> None:
    # As integers: equal bits, so that -0.0 is not 0.0.
    differing = np.argwhere(expected.view(np.uint32) != actual.view(np.uint32))
    if not len(differing):
        return
    row, column = differing[0]
    raise ArtifactError(
        f"Compiled features differ from the ColumnTransformer's: {names[column]} of "
        f"{rows.iloc[row].to_dict()} is {actual[row, column]!r}, should be {expected[row, column]!r}; "
        f"{len(differing)} values differ in {len(rows)} rows. Nothing was written."
    )
