"""Decided payments as the arrays that metrics and recent decisions take."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import Decision
from fraud_transformer.transactions.columns import Facts, transposed
from fraud_transformer.transactions.parsing import Payment

type Decided = tuple[Payment, float, Decision]


def arrays_of(
    features: CompiledFeatures, decided: Iterable[Decided]
) -> tuple[Facts, npt.NDArray[np.float32], npt.NDArray[np.int8]]:
    """Facts, scores and decisions, each an array with a place a payment."""
    payments, scores, decisions = zip(*decided, strict=True)
    facts = Facts.of(transposed(payments), features)
    return facts, np.array(scores, np.float32), np.array(decisions, np.int8)
