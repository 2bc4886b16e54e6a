"""Labelled payments through the pods of a release."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Final

from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.facts import Facts, joined
from fraud_rollout.judge.answers import Answers

_ROWS: Final = 5_000
"""Rows of a request: some 250 kB, a quarter of what a transformer takes."""
_IN_FLIGHT: Final = 2
"""Requests at each pod: one is decided while the other is read and written."""


def answers_of(endpoints: Sequence[Endpoint], facts: Facts) -> Answers:
    """What one release, at all its `endpoints`, decides about the payments, in their order.

    Each pod is asked which release it is before and after, so that none was exchanged in between.

    Raises:
        EvidenceMissing: a pod did not answer in time.
        EvidenceUntrusted: one of them is another release, or answered other rows.
    """
    for endpoint in endpoints:
        endpoint.require_release()
    pool = ThreadPoolExecutor(_IN_FLIGHT * len(endpoints), "evaluation")
    try:
        parts = list(pool.map(Endpoint.answers, cycle(endpoints), facts.batches(_ROWS)))
    finally:
        pool.shutdown(cancel_futures=True)
    for endpoint in endpoints:
        endpoint.require_release()
    return joined(parts)
