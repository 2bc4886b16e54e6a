"""A policy from the settings decides instead of the model's, and makes another release of it."""

import httpx
import pytest

from support.artifacts.releases import Folders
from support.processes import Process, Start

ROW = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}


@pytest.mark.parametrize(
    ("policy", "decision"),
    [
        ('{"kind": "thresholds", "review": 0, "block": 0}', "block"),
        ('{"kind": "costs", "costs": {"review_cost": 0, "review_recall": 1}}', "review"),
    ],
)
def test_another_policy(
    start: Start, folders: Folders, standalone: Process, policy: str, decision: str
) -> None:
    usual = httpx.post(f"{standalone.url}/predict", json=ROW).json()
    assert "approve" == usual["decision"]
    other = start(
        "fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor, POLICY=policy
    )
    other.wait_ready()
    answer = httpx.post(f"{other.url}/predict", json=ROW).json()
    assert decision == answer["decision"]
    assert ("fraudulent" if decision == "block" else "non-fraudulent") == answer["prediction"]
    assert usual["fraud_probability"] == answer["fraud_probability"]
    assert usual["release"] != answer["release"]
