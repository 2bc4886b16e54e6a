"""Golden rows through a release's public route: exactly the decisions that were published."""

from typing import Final

import numpy as np

from fraud_contract.artifacts.loading import GoldenRows
from fraud_contract.policy import Policy
from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.judge.verdict import Count

GATE: Final = "golden"
_TOLERANCE: Final = 1e-6
"""Of scores: another machine's exp may differ in the last bit. A pod's readiness allows as much."""


def golden_counts(endpoint: Endpoint, golden: GoldenRows, policy: Policy) -> dict[str, Count]:
    """How many golden rows are answered otherwise than published, at `endpoint`.

    Args:
        endpoint: the candidate's public route.
        golden: of its model.
        policy: what the release decides by: its model's own, unless its settings say otherwise.

    Raises:
        EvidenceMissing, EvidenceUntrusted: as `Endpoint.answers`.
    """
    endpoint.require_release()
    facts = Facts.of_golden(golden)
    answers = endpoint.answers(facts)
    expected = np.asarray(golden.score, np.float32)
    differ = np.abs(answers.scores.astype(np.float64) - expected) > _TOLERANCE
    differ |= answers.decisions != policy.decide_all(expected, facts.amounts)
    return {GATE: Count(events=int(differ.sum()), observations=len(facts))}
