"""That all services answer the same: without it their speeds could not be compared."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.errors import BenchmarkError
from benchmarks.load.payments import Features, Payment, Payments, ReadyFeatures
from benchmarks.peers.pipeline import FraudPipeline
from benchmarks.services.variants import Variant
from fraud_contract.direct import opener_for

_CALLERS: Final = 16
"""At once, so that what a service does with concurrent requests is checked too."""
_TIMEOUT: Final = 60.0

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """What scikit-learn and XGBoost say of the payments, asked directly."""

    single: Scores
    batch: Scores

    @classmethod
    def compute(cls, payments: Payments, release: Path) -> Self:
        """By the whole pipeline at once, without a service."""
        pipeline = FraudPipeline(release)
        single, batch = (
            np.array(pipeline.probabilities(pd.DataFrame(each)), np.float32)
            for each in (payments.single, payments.batch)
        )
        return cls(single, batch)

    def require(self, variant: Variant, rows: Payments | ReadyFeatures, url: str) -> None:
        """Raise `BenchmarkError` unless the variant answers every payment with this float32.

        Args:
            variant: Who answers.
            rows: The payments, as it is given them.
            url: Its address.
        """
        api = variant.api

        def ask(row: Payment | Features) -> float:
            return api.first_score(_post(url + api.path, api.one(row)))

        with ThreadPoolExecutor(_CALLERS) as callers:
            single = list(callers.map(ask, rows.single))
        batch = api.scores(_post(url + api.batch_path, api.many(rows.batch)))
        require_equal(f"{variant.name}, one by one", self.single, single)
        require_equal(f"{variant.name}, in a batch", self.batch, batch)


def require_equal(what: str, expected: Scores, given: Sequence[float]) -> None:
    """Raise `BenchmarkError`, naming the first difference, unless each score is the expected float32."""
    actual = np.array(given, np.float32)
    if expected.shape != actual.shape:
        raise BenchmarkError(f"{what}: {len(actual)} scores for {len(expected)} payments.")
    different = np.flatnonzero(expected != actual)
    if different.size:
        row = int(different[0])
        raise BenchmarkError(
            f"{what}: {different.size} of {len(expected)} scores differ from the pipeline's; "
            f"row {row} got {actual[row]!r}, not {expected[row]!r}."
        )


def _post(url: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON the service answers
    request = urllib.request.Request(  # noqa: S310 - our own address
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with opener_for(url).open(request, timeout=_TIMEOUT) as answer:
        return json.load(answer)
