"""From a fitted ColumnTransformer to the compiled features of the contract.

A branch on finite inputs is asked for every combination of their values. The amount's columns become the
operations that scikit-learn would do. A branch that reads both is taken column by column, which its steps
must allow. Whatever else a ColumnTransformer may hold is refused by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError
from sklearn.compose import ColumnTransformer

from fraud_contract.errors import NotCompilable
from fraud_contract.features import AmountBlock, Block, FeatureSpec, FiniteInput, Reference, TableBlock
from fraud_contract.transaction import DAYS, HOURS
from fraud_contract.validation import problem
from fraud_training.preprocessing.amount_steps import amount_steps
from fraud_training.preprocessing.branches import AMOUNT, Branch, branches_of

UNKNOWN: Final = "\N{REPLACEMENT CHARACTER} unknown"
"""A category that no data holds; stands for all that training has not seen."""

_Domains = Mapping[str, Sequence[Any]]


def compile_features(
    preprocessor: ColumnTransformer, categories: Sequence[str], reference: Reference
) -> FeatureSpec:
    """The spec whose `CompiledFeatures` equal `preprocessor.transform(...).astype(float32)`.

    `categories` are the known ones; any other counts as unknown. `proof.prove` shows that it holds.

    Raises:
        NotCompilable: some part has no compiled form; the message names it and what is supported.
    """
    domains: _Domains = {"category": (*categories, UNKNOWN), "hour": range(HOURS), "day_of_week": range(DAYS)}
    blocks = [block for branch in branches_of(preprocessor) for block in _blocks(branch, domains)]
    try:
        return FeatureSpec(
            names=_names(preprocessor),
            categories=tuple(categories),
            blocks=tuple(blocks),
            reference=reference,
        )
    except ValidationError as error:
        raise NotCompilable(
            f"The compiled ColumnTransformer cannot be served: {problem(error.errors()[0])}."
        ) from None


def _names(preprocessor: ColumnTransformer) -> tuple[str, ...]:
    try:
        return tuple(map(str, preprocessor.get_feature_names_out()))
    except (AttributeError, ValueError):
        raise NotCompilable(
            "The ColumnTransformer gives no feature names. Set feature_names_out='one-to-one' on every "
            "FunctionTransformer, and leave verbose_feature_names_out on where names would repeat."
        ) from None


def _blocks(branch: Branch, domains: _Domains) -> Iterator[Block]:
    if branch.finite:
        inputs = tuple(dict.fromkeys(branch.inputs))
        asked = {name: domains[name] for name in inputs}
        yield from _tables(asked, branch.transform(grid(asked)))
        return
    steps = [amount_steps(branch.transformer, column, branch.name) for column in range(len(branch.inputs))]
    for column, name in enumerate(branch.inputs):
        if name == AMOUNT:
            yield AmountBlock(steps=steps[column])
        else:
            yield _table((name,), branch.transform(grid({name: domains[name]}))[:, [column]])


def _tables(asked: _Domains, values: npt.NDArray[np.float32]) -> Iterator[TableBlock]:
    """A table for each run of columns that the same inputs decide, so that each has its own explanation.

    `values` has a row for each combination of the inputs asked, in the order of `grid`.
    """
    cube = values.reshape(*map(len, asked.values()), -1)
    for inputs, run in groupby(range(cube.shape[-1]), lambda column: _deciding(asked, cube[..., column])):
        columns = list(run)
        part = cube[tuple(slice(None) if name in inputs else 0 for name in asked)]
        yield _table(inputs, part[..., columns].reshape(-1, len(columns)))


def _deciding(asked: _Domains, column: npt.NDArray[np.float32]) -> tuple[str, ...]:
    """The inputs with which a column changes, to the bit; the first of all for one that never does."""
    bits = column.view(np.uint32)
    deciding = [name for axis, name in enumerate(asked) if (bits != bits.take([0], axis)).any()]
    return tuple(deciding or list(asked)[:1])


def _table(inputs: Sequence[str], values: npt.NDArray[np.float32]) -> TableBlock:
    return TableBlock(
        inputs=cast("tuple[FiniteInput, ...]", tuple(inputs)),
        width=values.shape[1],
        values=tuple(map(tuple, values.tolist())),
    )


def grid(domains: _Domains) -> pd.DataFrame:
    """All combinations of the named values, the last name running fastest; the other inputs are constant."""
    rows = pd.DataFrame(list(product(*domains.values())), columns=list(domains))
    constant: dict[str, Any] = {"amt": 1.0, "hour": 0, "day_of_week": 0, "category": UNKNOWN}
    for name in constant.keys() - domains.keys():
        rows[name] = constant[name]
    return rows
