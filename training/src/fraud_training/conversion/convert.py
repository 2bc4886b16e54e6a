"""From both estimators to a release, proven to give the very scores that the pickles gave."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from fraud_contract.calibration import Calibration
from fraud_contract.errors import ArtifactError, NotCompilable
from fraud_contract.features import AmountBlock, CompiledFeatures, FeatureSpec, Reference, TableBlock
from fraud_contract.policy import Policy, ThresholdPolicy
from fraud_contract.transaction import DAYS, HOURS, MAX_AMOUNT
from fraud_contract.trees.fields import UnsoundTrees
from fraud_contract.trees.model import require_sound
from fraud_training.conversion.estimators import Estimators
from fraud_training.conversion.missing_values import Values, following_zeros
from fraud_training.model.scorer import Scorer
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.prepared import Prepared
from fraud_training.preprocessing.preprocessor import dense, dumps, loads
from fraud_training.preprocessing.proof import amounts_of, proof_rows, prove
from fraud_training.preprocessing.reference import AMOUNT_EDGES
from fraud_training.release.golden import Golden, golden_of, made_rows

POLICY: Final[Policy] = ThresholdPolicy(review=0.5, block=0.5)
"""As `predict` decides; nothing is known of costs, and no label is there to choose anything by."""
EQUAL: Final = 1e-6
"""Of two scores; XGBoost's sigmoid computes in float32, the served one in float64."""
_COMPARED: Final = 20_000
"""Rows whose scores are compared."""
_TINY: Final = np.float32(1e-30)
_ABOUT_ZERO: Final = np.array([-_TINY, 0, _TINY], np.float32)
"""Of a column that the amount decides, and so may have any value."""


@dataclass(frozen=True)
class Converted:
    """The parts of a release, and on how many rows its scores are the pickles'."""

    prepared: Prepared
    booster: xgboost.Booster
    golden: Golden
    compared: int


def convert(found: Estimators) -> Converted:
    """Compile, rewrite where it must be, prove features bit for bit and scores within `EQUAL`.

    Raises:
        NotCompilable: some part has no form that can be served; the message names it.
        ArtifactError: features or scores differ from those of the estimators.
    """
    categories = found.categories
    spec = compile_features(found.preprocessor, categories, _no_reference(categories))
    _require_keepable(found)
    booster = _served(found, spec)
    prepared = Prepared(found.preprocessor, spec, prove(spec, found.preprocessor))
    scorer = Scorer(prepared.compiled, booster, Calibration())
    generator = np.random.default_rng(0)
    compared = _compare(found, scorer, generator)
    rows = _decided(made_rows(categories, generator), scorer)
    return Converted(prepared, booster, golden_of(rows, prepared.compiled, scorer.scores, POLICY), compared)


def _no_reference(categories: tuple[str, ...]) -> Reference:
    """Counts of nothing: how the inputs were distributed in training is not in the pickles."""
    return Reference(
        amount_edges=AMOUNT_EDGES,
        amount=(0,) * (len(AMOUNT_EDGES) + 1),
        hour=(0,) * HOURS,
        day_of_week=(0,) * DAYS,
        category=(0,) * (len(categories) + 1),
    )


def _require_keepable(found: Estimators) -> None:
    try:
        loads(dumps(found.preprocessor))
    except Exception as error:  # noqa: BLE001 - skops raises its own, and whatever objects raise
        raise NotCompilable(f"The ColumnTransformer cannot be kept without pickle: {error}") from None


def _served(found: Estimators, spec: FeatureSpec) -> xgboost.Booster:
    booster = found.booster
    _require_width(booster, spec)
    _require_numerical(booster)
    try:
        require_sound(bytes(_bare(booster, spec).save_raw("ubj")))
    except UnsoundTrees as error:
        raise NotCompilable(f"The model cannot be served: {error}. Supported are gbtree's trees.") from None
    missing = float(found.classifier.missing)
    values = _finite_values(spec)
    if np.isfinite(missing) and missing != 0:
        _require_absent(np.float32(missing), spec, values)
    sparse = hasattr(found.preprocessor.transform(_rows_of(spec)), "toarray")
    if not sparse and missing != 0:
        return _bare(booster, spec)
    zeros = {column: each for column, each in values.items() if (each == 0).any()}
    zeros |= dict.fromkeys(_zero_amounts(spec), _ABOUT_ZERO)
    return _bare(following_zeros(booster, zeros, spec.names), spec)


def _bare(booster: xgboost.Booster, spec: FeatureSpec) -> xgboost.Booster:
    """A copy without the attributes of scikit-learn's wrapper, and with the features' names if it can."""
    copy = booster.copy()
    copy.set_attr(**dict.fromkeys(copy.attributes(), None))
    copy.feature_types = None
    copy.feature_names = list(spec.names) if set("[]<,").isdisjoint("".join(spec.names)) else None
    return copy


def _require_width(booster: xgboost.Booster, spec: FeatureSpec) -> None:
    names = booster.feature_names
    if booster.num_features() != len(spec.names) or (names and names != list(spec.names)):
        raise NotCompilable(
            f"The model was fitted on {booster.num_features()} columns"
            f"{': ' + ', '.join(names[:8]) if names else ''}; the preprocessor makes {len(spec.names)}: "
            f"{', '.join(spec.names[:8])}. Give the pair that was fitted together."
        )


def _require_numerical(booster: xgboost.Booster) -> None:
    types = booster.feature_types or ()
    if "c" in types:
        raise NotCompilable(
            f"Feature {types.index('c')} of the model is categorical (enable_categorical). Features are "
            "numbers here: encode the category in the preprocessor."
        )


def _finite_values(spec: FeatureSpec) -> dict[int, Values]:
    """All values of each column that finite inputs decide, ascending."""
    found: dict[int, Values] = {}
    for block, (_, columns) in zip(spec.blocks, spec.columns_by_input(), strict=True):
        if isinstance(block, TableBlock):
            table = np.asarray(block.values, np.float32).reshape(-1, block.width)
            found |= {columns.start + column: np.unique(table[:, column]) for column in range(block.width)}
    return found


def _zero_amounts(spec: FeatureSpec) -> list[int]:
    """Columns that are exactly zero for some amount of whole cents."""
    found = []
    for block, (_, columns) in zip(spec.blocks, spec.columns_by_input(), strict=True):
        if isinstance(block, AmountBlock):
            amount = round(float(amounts_of(block.steps, np.zeros(1))[0]), 2)
            if 0 < amount <= MAX_AMOUNT:
                row = CompiledFeatures(spec).rows([amount], [0], [0], [""])[0]
                found += [columns.start] if row[columns.start] == 0 else []
    return found


def _require_absent(missing: np.float32, spec: FeatureSpec, values: dict[int, Values]) -> None:
    low, high = (CompiledFeatures(spec).rows([amount], [0], [0], [""])[0] for amount in (5e-324, MAX_AMOUNT))
    for column, name in enumerate(spec.names):
        if column in values:
            occurs = bool((values[column] == missing).any())
        else:
            occurs = bool(min(low[column], high[column]) <= missing <= max(low[column], high[column]))
        if occurs:
            raise NotCompilable(
                f"The XGBClassifier takes {missing:g} for missing, and {name} may be {missing:g}. "
                "Fit it with missing=nan."
            )


def _rows_of(spec: FeatureSpec) -> pd.DataFrame:
    known = spec.categories[:2]
    columns = {"amt": 1.0, "hour": 0, "day_of_week": 0, "category": [*known]}
    return pd.DataFrame(columns)


def _compare(found: Estimators, scorer: Scorer, generator: np.random.Generator) -> int:
    """The number of rows whose scores were found equal; raises `ArtifactError` where one differs."""
    spec = scorer.compiled.spec
    rows = proof_rows(spec, generator).head(_COMPARED)
    features = scorer.compiled.rows(rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist())
    output = found.preprocessor.transform(rows)
    expected = np.asarray(found.classifier.predict_proba(output))[:, 1]
    actual = scorer.scores(features)
    worst = int(np.argmax(np.abs(actual - expected)))
    if not abs(actual[worst] - expected[worst]) <= EQUAL:
        raise ArtifactError(
            f"The converted model scores {rows.iloc[worst].to_dict()} {actual[worst]}, predict_proba gives "
            f"{expected[worst]}. Nothing was written. {_hint(output)}"
        )
    return len(rows)


def _hint(output: object) -> str:
    found = dense(output)
    return f"The preprocessor's output has {found.shape[1]} columns of {found.dtype}."


def _decided(rows: pd.DataFrame, scorer: Scorer) -> pd.DataFrame:
    """Those whose decision does not hang on the last bits of a score."""
    features = scorer.compiled.rows(rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist())
    scores: npt.NDArray[np.float32] = scorer.scores(features)
    amounts = rows["amt"].to_numpy(np.float64)
    lower, upper = (POLICY.decide_all(scores + shift, amounts) for shift in (-2e-6, 2e-6))
    sure: pd.DataFrame = rows[lower == upper].reset_index(drop=True)
    return sure
