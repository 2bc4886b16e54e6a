"""A release's golden rows, by the code that serves them, without a server."""

from fraud_contract.artifacts.signatures import TrustedKeys
from fraud_contract.errors import ArtifactCorrupt
from fraud_local.answers import LoadedRelease
from fraud_local.folders import Folders
from fraud_rollout.evidence.facts import Facts


def reproduced(folders: Folders, trusted: TrustedKeys | None = None) -> int:
    """How many golden rows gave exactly the features, the scores within 1e-6 and exactly the decisions.

    Raises:
        ArtifactError: an artifact is missing, corrupt or of another pair, not signed as `trusted` asks, or a
            row gives something else.
    """
    release = LoadedRelease.load(folders, trusted)
    golden = release.served.model.golden
    answers = release.answers(Facts.of_golden(golden))
    if tuple(answers.decisions.tolist()) != golden.decision:
        raise ArtifactCorrupt(
            f"{folders.model}: the policy decides its golden rows otherwise. Train and publish it again."
        )
    return len(golden)
