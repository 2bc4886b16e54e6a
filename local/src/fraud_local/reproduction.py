"""A release's golden rows, by the code that serves them, without a server."""

import numpy as np

from fraud_contract.artifacts.signatures import TrustedKeys
from fraud_contract.errors import ArtifactCorrupt
from fraud_local.folders import Folders


def reproduced(folders: Folders, trusted: TrustedKeys | None = None) -> int:
    """How many golden rows gave exactly the features, the scores within 1e-6 and exactly the decisions.

    Raises:
        ArtifactError: an artifact is missing, corrupt or of another pair, not signed as `trusted` asks, or a
            row gives something else.
    """
    # XGBoost takes a second to load, which only this needs.
    from fraud_predictor.scorer import Scorer  # noqa: PLC0415
    from fraud_transformer.served import ServedRelease  # noqa: PLC0415
    from fraud_transformer.settings import TransformerSettings  # noqa: PLC0415

    settings = TransformerSettings(
        model_dir=folders.model, preprocessor_dir=folders.preprocessor, trusted_keys=trusted
    )
    release = ServedRelease.load(settings)
    golden = release.model.golden
    scorer = Scorer.load(release.model)
    scores = scorer.scores(
        release.features.rows(golden.amt, golden.hour, golden.day_of_week, golden.category)
    )
    decisions = release.policy.decide_all(scores, np.asarray(golden.amt))
    if tuple(decisions.tolist()) != golden.decision:
        raise ArtifactCorrupt(
            f"{folders.model}: the policy decides its golden rows otherwise. Train and publish it again."
        )
    return len(golden)
