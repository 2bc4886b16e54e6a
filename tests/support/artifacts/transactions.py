"""Made-up transactions as a DataFrame, for preprocessors to be fitted on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

CATEGORIES = ("gas_transport", "grocery_net", "grocery_pos", "travel")


def transactions(rows: int = 200, seed: int = 0, categories: Sequence[str] = CATEGORIES) -> pd.DataFrame:
    """`rows` transactions with every category, amounts in cents, and one fraud in ten."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "amt": np.round(random.lognormal(3.5, 1.2, rows) + 0.01, 2),
            "hour": random.integers(0, 24, rows),
            "day_of_week": random.integers(0, 7, rows),
            "category": [categories[index % len(categories)] for index in range(rows)],
            "is_fraud": random.random(rows) < 0.1,
        }
    )
