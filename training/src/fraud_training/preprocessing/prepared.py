"""The fitted preprocessor together with its proven compiled form."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from sklearn.compose import ColumnTransformer

from fraud_contract.features import CompiledFeatures, FeatureSpec
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.preprocessor import INPUTS, new_preprocessor
from fraud_training.preprocessing.proof import prove
from fraud_training.preprocessing.reference import reference_of


@dataclass(frozen=True)
class Prepared:
    """The ColumnTransformer, the spec it was compiled to, and on how many rows both were found equal."""

    preprocessor: ColumnTransformer
    spec: FeatureSpec
    proven_rows: int

    @cached_property
    def compiled(self) -> CompiledFeatures:
        """The spec, ready to compute."""
        return CompiledFeatures(self.spec)


def prepare(rows: pd.DataFrame) -> Prepared:
    """A preprocessor fitted on `rows`, compiled and proven.

    Raises:
        NotCompilable: it has a part without a compiled form.
        ArtifactError: the compiled form differs.
    """
    categories = tuple(rows["category"].cat.categories)
    preprocessor = new_preprocessor().fit(rows[list(INPUTS)])
    spec = compile_features(preprocessor, categories, reference_of(rows, categories))
    return Prepared(preprocessor, spec, prove(spec, preprocessor))
