"""Any ColumnTransformer of supported parts, compiled, equals scikit-learn's in every bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from fraud_contract.errors import NotCompilable
from fraud_contract.features import CompiledFeatures
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.preprocessor import INPUTS, dumps, loads, sklearn_features
from fraud_training.preprocessing.proof import prove
from fraud_training.preprocessing.reference import reference_of

Step = Any
amounts = st.floats(0.01, 1e6).map(lambda amount: round(amount, 2)) | st.floats(1e-3, 1e9)
booleans = st.booleans()

scalers: st.SearchStrategy[Step] = st.one_of(
    st.builds(StandardScaler, with_mean=booleans, with_std=booleans),
    st.builds(MinMaxScaler, feature_range=st.sampled_from([(0, 1), (-1, 1), (-3.5, 0.1)])),
    st.builds(MaxAbsScaler),
    st.builds(
        RobustScaler, with_centering=booleans, with_scaling=booleans, unit_variance=booleans,
        quantile_range=st.sampled_from([(25.0, 75.0), (5.0, 95.0)]),
    ),
    st.builds(SimpleImputer, strategy=st.sampled_from(["mean", "median"])),
    st.just(FunctionTransformer(feature_names_out="one-to-one")),
)  # fmt: skip
log = st.just(FunctionTransformer(np.log1p, feature_names_out="one-to-one"))
amount_steps = st.one_of(
    st.just("passthrough"),
    scalers,
    log,
    st.tuples(log, scalers).map(lambda steps: make_pipeline(*steps)),
    st.lists(scalers, min_size=2, max_size=3).map(lambda steps: make_pipeline(*steps)),
)
encoders: st.SearchStrategy[Step] = st.one_of(
    st.builds(OneHotEncoder, handle_unknown=st.just("ignore"), sparse_output=booleans),
    st.builds(OneHotEncoder, handle_unknown=st.just("infrequent_if_exist"), min_frequency=st.just(3)),
    st.builds(OneHotEncoder, handle_unknown=st.just("ignore"), drop=st.sampled_from(["first", "if_binary"])),
    st.builds(OrdinalEncoder, handle_unknown=st.just("use_encoded_value"), unknown_value=st.just(-1)),
)
clocks: st.SearchStrategy[Step] = st.one_of(
    st.just("passthrough"),
    st.just("drop"),
    scalers,
    st.builds(OneHotEncoder, handle_unknown=st.just("ignore")),
)


@st.composite
def rows(draw: st.DrawFn) -> pd.DataFrame:
    """A few transactions to fit on."""
    size = draw(st.integers(2, 25))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=size, max_size=size))

    names = draw(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True))
    return pd.DataFrame(
        {
            "amt": column(amounts),
            "hour": column(st.integers(0, 23)),
            "day_of_week": column(st.integers(0, 6)),
            "category": column(st.sampled_from(names)),
        }
    )


@st.composite
def transformers(draw: st.DrawFn) -> ColumnTransformer:
    """Supported branches in any order, together on all inputs or on some."""
    together = draw(booleans)
    numbers = (
        [("numbers", draw(scalers), ["amt", "hour", "day_of_week"])]
        if together
        else [
            ("amount", draw(amount_steps), ["amt"]),
            ("hour", draw(clocks), ["hour"]),
            ("day", draw(clocks), ["day_of_week"]),
        ]
    )
    branches = draw(st.permutations([*numbers, ("merchant", draw(encoders), ["category"])]))
    return ColumnTransformer(branches, sparse_threshold=draw(st.sampled_from([0.0, 1.0])))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(transformers(), rows())
@pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")
def test_compiled_features_equal_sklearn_s(transformer: ColumnTransformer, frame: pd.DataFrame) -> None:
    categories = sorted(map(str, frame["category"].unique()))
    # Of a single category nothing is left without the first, and scikit-learn cannot stack what is empty.
    drops = any(getattr(step, "drop", None) == "first" for _, step, _ in transformer.transformers)
    assume(len(categories) > 1 or not drops)
    fitted = transformer.fit(frame)
    spec = compile_features(fitted, categories, reference_of(frame, categories))
    assert prove(spec, fitted) > len(categories) * 24 * 7
    again = compile_features(loads(dumps(fitted)), categories, reference_of(frame, categories))
    assert again.hash == spec.hash


@settings(max_examples=40, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=30), st.integers(0, 23), st.integers(0, 6))
def test_one_row_is_the_row_of_many(values: list[float], hour: int, day: int) -> None:
    frame = pd.DataFrame({"amt": [1.5, 7.25], "hour": [1, 2], "day_of_week": [0, 6], "category": ["a", "b"]})
    fitted = ColumnTransformer(
        [
            ("amount", StandardScaler(), ["amt"]),
            ("rest", OneHotEncoder(handle_unknown="ignore"), ["category"]),
        ]
    ).fit(frame)
    compiled = CompiledFeatures(compile_features(fitted, ["a", "b"], reference_of(frame, ["a", "b"])))
    asked = pd.DataFrame({"amt": values, "hour": hour, "day_of_week": day, "category": "a"})
    size = len(values)
    expected = sklearn_features(fitted, asked).tobytes()
    assert expected == b"".join(compiled.row(value, hour, day, "a") for value in values)
    assert expected == compiled.rows(values, [hour] * size, [day] * size, ["a"] * size).tobytes()


UNSUPPORTED: dict[str, Callable[[], Step]] = {
    "MinMaxScaler(clip=True)": lambda: MinMaxScaler(clip=True),
    "MaxAbsScaler(clip=True)": lambda: MaxAbsScaler(clip=True),
    "KBinsDiscretizer": lambda: KBinsDiscretizer(2, quantile_method="averaged_inverted_cdf"),
    "PowerTransformer": PowerTransformer,
    "FunctionTransformer": lambda: FunctionTransformer(np.tanh, feature_names_out="one-to-one"),
    "SimpleImputer": lambda: SimpleImputer(add_indicator=True),
}


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(UNSUPPORTED)),
    st.lists(scalers, max_size=2),
    st.text("abcdefgh", min_size=1, max_size=8),
    st.sampled_from([["amt"], ["amt", "hour"], ["day_of_week", "amt"]]),
)
def test_an_unsupported_step_is_named_wherever_it_stands(
    kind: str, before: list[Step], name: str, columns: list[str]
) -> None:
    frame = pd.DataFrame(
        {
            "amt": [1.5, 7.25, 90.0, 31.0],
            "hour": [1, 2, 9, 23],
            "day_of_week": [0, 6, 2, 3],
            "category": ["a", "b", "a", "b"],
        }
    )[list(INPUTS)]
    fitted = ColumnTransformer([(name, make_pipeline(*before, UNSUPPORTED[kind]()), columns)]).fit(frame)
    with pytest.raises(NotCompilable) as refused:
        compile_features(fitted, ["a", "b"], reference_of(frame, ["a", "b"]))
    assert f"Branch {name!r}" in refused.value.message
    assert kind in refused.value.message
    assert "Supported are" in refused.value.message
