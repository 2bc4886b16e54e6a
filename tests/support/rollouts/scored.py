"""Made-up scored payments whose truth is known."""

import numpy as np

from fraud_training.evaluation.payments import Payments


def scored(size: int = 2_000, seed: int = 0, rate: float = 0.1) -> Payments:
    """Payments whose scores are the very probabilities their truth was drawn from."""
    random = np.random.default_rng(seed)
    scores = random.beta(0.5, 0.5 * (1 - rate) / rate, size).astype(np.float32)
    return Payments(
        scores=scores,
        amounts=np.round(random.lognormal(4, 1, size), 2),
        fraud=random.random(size) < scores,
        categories=random.choice(np.array(["home", "travel"], dtype=object), size),
    )
