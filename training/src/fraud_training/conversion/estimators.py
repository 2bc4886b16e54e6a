"""What was in the pickles: the fitted ColumnTransformer and the trees, or by name what they are instead."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from fraud_contract.errors import NotCompilable
from fraud_training.preprocessing.branches import branches_of

_CLASSES = 2


@dataclass(frozen=True)
class Estimators:
    """Both estimators as they were pickled."""

    preprocessor: ColumnTransformer
    classifier: xgboost.XGBClassifier

    @property
    def booster(self) -> xgboost.Booster:
        """The trees that `predict_proba` uses: of a model that stopped early, those up to its best round."""
        booster = self.classifier.get_booster()
        best = getattr(self.classifier, "best_iteration", None)
        return booster if best is None else booster[: best + 1]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that the fitted encoders know.

        Raises:
            NotCompilable: no encoder of the category says which it knows, or one knows what is no text.
        """
        known: dict[str, None] = {}
        for branch in branches_of(self.preprocessor):
            for place, name in enumerate(branch.inputs):
                for step in _steps(branch.transformer) if name == "category" else ():
                    known |= dict.fromkeys(_categories(step, place))
        if not known:
            raise NotCompilable(
                "No encoder of the category says which categories it was fitted on. Use OneHotEncoder, "
                "OrdinalEncoder or TargetEncoder."
            )
        return tuple(known)


def estimators(model: object, preprocessor: object | None) -> Estimators:
    """The parts of what was unpickled.

    `model` may be a Pipeline of both; then there is no other preprocessor.

    Raises:
        NotCompilable: it is something else; the message names it.
    """
    if isinstance(model, Pipeline):
        *before, (_, last) = model.steps
        if before and preprocessor is not None:
            raise NotCompilable(
                "The model is a Pipeline with steps before its classifier, and there is a preprocessor "
                "besides. Give one of both."
            )
        model, preprocessor = last, Pipeline(before) if before else preprocessor
    if preprocessor is None:
        raise NotCompilable("The model is no Pipeline with a preprocessor: give one by --preprocessor.")
    return Estimators(_column_transformer(preprocessor), _classifier(model))


def _column_transformer(found: object) -> ColumnTransformer:
    if isinstance(found, Pipeline):
        steps = [(name, step) for name, step in found.steps if step is not None and step != "passthrough"]
        if len(steps) != 1:
            names = ", ".join(f"{name} ({type(step).__name__})" for name, step in steps)
            raise NotCompilable(
                f"The preprocessor is a Pipeline of {names}. Supported is a Pipeline whose one step is a "
                "ColumnTransformer: put the others into its branches."
            )
        found = steps[0][1]
    # The exact type, because a subclass may compute anything.
    if type(found) is not ColumnTransformer:
        raise NotCompilable(
            f"The preprocessor is a {type(found).__name__}; supported is a ColumnTransformer."
        )
    if not hasattr(found, "transformers_"):
        raise NotCompilable("The ColumnTransformer is not fitted. Fit it, then dump it again.")
    return found


def _classifier(found: object) -> xgboost.XGBClassifier:
    if type(found) not in {xgboost.XGBClassifier, xgboost.XGBRFClassifier}:
        raise NotCompilable(
            f"The model is a {type(found).__module__}.{type(found).__name__}; supported is an XGBClassifier."
        )
    classifier: Any = found
    if not classifier.__sklearn_is_fitted__():
        raise NotCompilable("The XGBClassifier is not fitted. Fit it, then dump it again.")
    if classifier.n_classes_ != _CLASSES:
        raise NotCompilable(
            f"The XGBClassifier tells {classifier.n_classes_} classes apart; supported are two, 1 is fraud."
        )
    fitted: xgboost.XGBClassifier = classifier
    return fitted


def _steps(transformer: BaseEstimator) -> list[BaseEstimator]:
    return [step for _, step in transformer.steps] if isinstance(transformer, Pipeline) else [transformer]


def _categories(step: BaseEstimator, place: int) -> list[str]:
    found = getattr(step, "categories_", None)
    if found is None:
        return []
    names = np.asarray(found[place], object).tolist()
    if not all(isinstance(name, str) for name in names):
        raise NotCompilable(
            f"{type(step).__name__} was fitted on categories that are no texts, as "
            f"{next(name for name in names if not isinstance(name, str))!r} is; requests name them by text."
        )
    return list(names)
