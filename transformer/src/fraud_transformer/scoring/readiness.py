"""Ready means: this pair reproduces its golden decisions through the scorers it will use."""

import asyncio
import logging
from typing import Final

import numpy as np

from fraud_contract.errors import ArtifactCorrupt, ServiceError
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.served import ServedRelease

_log = logging.getLogger(__name__)

_TOLERANCE: Final = 1e-6
_PAUSE: Final = 0.2
"""Seconds between two tries to reach the predictor, which starts at the same time."""


async def reproduce_golden(release: ServedRelease, batcher: Batcher, chunk_rows: int) -> None:
    """Return once the golden rows, `chunk_rows` of them at a time, came back as they were published.

    Waits for a predictor that is not there yet; it also warms every part of the path up.

    Raises:
        ArtifactCorrupt: scores or decisions differ.
        PairMismatch: the predictor's trees belong to another preprocessor.
    """
    golden = release.model.golden
    amounts = np.asarray(golden.amt)
    features = release.features.rows(golden.amt, golden.hour, golden.day_of_week, golden.category)
    parts = [features[start : start + chunk_rows] for start in range(0, len(golden), chunk_rows)]
    scored = [await _score_when_available(batcher, part.tobytes(), len(part)) for part in parts]
    scores = np.concatenate(scored)
    off = float(np.abs(scores - np.asarray(golden.score)).max())
    if not off <= _TOLERANCE:
        raise ArtifactCorrupt(
            f"The predictor scores the golden rows of {release.name} otherwise, by {off:.2g}."
        )
    policy = release.model.document.policy
    if tuple(policy.decide_all(np.asarray(golden.score, np.float32), amounts).tolist()) != golden.decision:
        raise ArtifactCorrupt(
            f"The policy of {release.name} decides its golden rows otherwise. Publish it again."
        )


async def _score_when_available(
    batcher: Batcher, features: bytes, rows: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    logged = False
    while True:
        try:
            return (await batcher.submit(features, rows, synthetic=True)).values
        except ServiceError:
            if not logged:
                _log.info("Waiting for the predictor")
                logged = True
            await asyncio.sleep(_PAUSE)
