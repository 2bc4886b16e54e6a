"""What a ColumnTransformer may hold, and how the rest is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)

from fraud_contract.errors import ArtifactError, NotCompilable
from fraud_contract.features import AmountBlock, AmountStep, FeatureSpec, TableBlock
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.preprocessor import INPUTS, new_preprocessor
from fraud_training.preprocessing.proof import prove
from fraud_training.preprocessing.reference import reference_of
from support.artifacts.transactions import CATEGORIES, transactions

ENCODER = ("merchant", OneHotEncoder(handle_unknown="ignore"), ["category"])
ROWS = transactions()


def compiled(*branches: object, **options: object) -> FeatureSpec:
    transformer = ColumnTransformer(list(branches), **options).fit(ROWS[list(INPUTS)])
    spec = compile_features(transformer, CATEGORIES, reference_of(ROWS, CATEGORIES))
    prove(spec, transformer)
    return spec


def amount_steps(spec: FeatureSpec) -> list[tuple[AmountStep, ...]]:
    return [block.steps for block in spec.blocks if isinstance(block, AmountBlock)]


def tables(spec: FeatureSpec) -> list[TableBlock]:
    return [block for block in spec.blocks if isinstance(block, TableBlock)]


def test_the_project_s_preprocessor_is_compiled() -> None:
    spec = compile_features(
        new_preprocessor().fit(ROWS[list(INPUTS)]), CATEGORIES, reference_of(ROWS, CATEGORIES)
    )
    names = ("amt", "hour", "day_of_week", *(f"category_{name}" for name in CATEGORIES))
    assert names == spec.names
    (steps,) = amount_steps(spec)
    assert [step.operation for step in steps] == ["subtract", "divide"]
    expected = [ROWS["amt"].mean(), ROWS["amt"].std(ddof=0)]
    assert [step.value for step in steps] == pytest.approx(expected)


def test_what_a_branch_does_not_mix_has_a_table_of_its_own_for_each_input() -> None:
    spec = compiled(("clock", "passthrough", ["hour", "day_of_week"]), ENCODER)
    assert [("hour",), ("day_of_week",), ("category",)] == [block.inputs for block in tables(spec)]
    assert [24, 7, len(CATEGORIES) + 1] == [len(block.values) for block in tables(spec)]


def test_what_a_branch_mixes_stays_together_beside_what_it_does_not() -> None:
    mixed = FunctionTransformer(
        lambda rows: np.column_stack(
            [rows["hour"], rows["hour"] * rows["day_of_week"], rows["day_of_week"], np.ones(len(rows))]
        ),
        feature_names_out=lambda *_: np.array(["hour", "both", "day", "one"], object),
    )
    spec = compiled(("clock", mixed, ["hour", "day_of_week"]), ENCODER)
    clock = [("hour",), ("hour", "day_of_week"), ("day_of_week",), ("hour",)]
    assert [*clock, ("category",)] == [block.inputs for block in tables(spec)]


def test_several_numbers_in_one_scaler_are_taken_column_by_column() -> None:
    spec = compiled(("numbers", StandardScaler(), ["hour", "amt", "day_of_week"]), ENCODER)
    assert [block.width for block in spec.blocks] == [1, 1, 1, 4]
    assert [getattr(block, "inputs", None) for block in spec.blocks] == [
        ("hour",),
        None,
        ("day_of_week",),
        ("category",),
    ]


def test_a_branch_on_finite_inputs_may_do_anything_per_row() -> None:
    crossed = Pipeline([("encode", OneHotEncoder(sparse_output=False)), ("cross", PolynomialFeatures(2))])
    assert 528 == sum(block.width for block in compiled(("clock", crossed, ["hour", "day_of_week"])).blocks)


def test_dropped_and_empty_branches_make_no_columns() -> None:
    spec = compiled(
        ("amount", "passthrough", ["amt"]), ("none", StandardScaler(), []), ("gone", "drop", ["hour"])
    )
    assert spec.names == ("amount__amt",)


def test_a_passed_remainder_is_compiled() -> None:
    spec = compiled(ENCODER, remainder="passthrough")
    assert spec.names[-3:] == ("remainder__amt", "remainder__hour", "remainder__day_of_week")
    assert amount_steps(spec) == [()]


@pytest.mark.parametrize("columns", [[0], np.array([True, False, False, False])])
def test_columns_may_be_selected_by_position_or_mask(columns: object) -> None:
    assert amount_steps(compiled(("amount", "passthrough", columns))) == [()]


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "another step": (
        ("a", PowerTransformer(), ["amt"]),
        {},
        "'a'.*PowerTransformer",
    ),
    "clipping": (("a", MinMaxScaler(clip=True), ["amt"]), {}, r"'a'.*MinMaxScaler\(clip=True\)"),
    "a user's function": (
        ("a", FunctionTransformer(np.sqrt, feature_names_out="one-to-one"), ["amt"]),
        {},
        "'a'.*FunctionTransformer.*Supported are passthrough",
    ),
    "arguments of log1p": (
        (
            "a",
            FunctionTransformer(np.log1p, kw_args={"dtype": "f4"}, feature_names_out="one-to-one"),
            ["amt"],
        ),
        {},
        "'a'.*FunctionTransformer",
    ),
    "replacing an amount": (("a", SimpleImputer(missing_values=1.0), ["amt"]), {}, "'a'.*SimpleImputer"),
    "an indicator column": (("a", SimpleImputer(add_indicator=True), ["amt"]), {}, "'a'.*add_indicator"),
    "a step within a pipeline": (
        ("a", Pipeline([("ok", StandardScaler()), ("not", PolynomialFeatures(2))]), ["amt"]),
        {},
        "'a'.*PolynomialFeatures",
    ),
    "mixing amount and clock": (("a", PolynomialFeatures(2), ["amt", "hour"]), {}, "'a'.*PolynomialFeatures"),
    "text": (("a", "passthrough", ["category"]), {}, "'a'.*no numbers"),
    "weights": (ENCODER, {"transformer_weights": {"merchant": 2}}, "transformer_weights"),
    "an encoder that knows all": (("a", OneHotEncoder(), ["category"]), {}, "'a'.*handle_unknown='ignore'"),
    "a slice": (("a", "passthrough", slice(0, 2)), {}, "'a' selects a slice"),
    "nameless columns": (("a", FunctionTransformer(), ["amt"]), {}, "no feature names"),
    "infinite values": (
        ("a", FunctionTransformer(np.log, feature_names_out="one-to-one"), ["hour"]),
        {},
        "'a'.*not finite",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_what_cannot_be_compiled_is_refused_by_name(case: str) -> None:
    branch, options, message = REFUSED[case]
    with pytest.raises(NotCompilable, match=f"(?s){message}"):
        compiled(branch, **options)


class Doubling(StandardScaler):  # type: ignore[misc] # scikit-learn ships no types
    """A step that looks like a supported one."""

    def transform(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803 - scikit-learn's own signature
        doubled: np.ndarray = 2 * super().transform(X)
        return doubled


def test_a_subclass_of_a_supported_step_is_refused() -> None:
    with pytest.raises(NotCompilable, match="Doubling"):
        compiled(("a", Doubling(), ["amt"]))


def less_the_mean(column: pd.DataFrame) -> pd.DataFrame:
    """An answer for a row that hangs on the other rows."""
    return column - column.mean()


def test_an_answer_that_hangs_on_other_rows_fails_the_proof() -> None:
    step = FunctionTransformer(less_the_mean, feature_names_out="one-to-one")
    with pytest.raises(ArtifactError, match="differ from the ColumnTransformer's"):
        compiled(("a", step, ["hour"]))


def test_other_columns_than_a_transaction_s_are_refused() -> None:
    transformer = ColumnTransformer([ENCODER]).fit(ROWS)
    with pytest.raises(NotCompilable, match="is_fraud; fit it on a DataFrame with the columns amt, hour"):
        compile_features(transformer, CATEGORIES, reference_of(ROWS, CATEGORIES))
