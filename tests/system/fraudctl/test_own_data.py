"""docs/how-to/your-data.md does what it says, on the payments of a made-up bookshop."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[3]
COMMAND = re.findall(r"^\$ (.*)$", (ROOT / "docs/how-to/your-data.md").read_text(), re.MULTILINE)[0]


def payments(rows: int) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    fraud = generator.random(rows) < 0.03
    return pd.DataFrame(
        {
            "paid_at": pd.date_range("2025-01-01", periods=rows, freq="7min").strftime("%Y-%m-%d %H:%M:%S"),
            "shop": generator.choice(["books", "café", "toys"], rows),
            "amount": np.round(np.where(fraud, 900, 30) * generator.uniform(0.5, 2, rows), 2),
            "label": np.where(fraud, "fraud", "legit"),
        }
    )


def run(home: Path, frame: pd.DataFrame) -> "subprocess.CompletedProcess[str]":
    (home / ".venv").symlink_to(ROOT / ".venv")
    frame.to_csv(home / "payments.csv", index=False)
    environment = os.environ | {"FRAUDCTL_HOME": str(home)}
    return subprocess.run(
        ["bash", "-c", COMMAND], cwd=home, env=environment, capture_output=True, text=True, check=False
    )


def test_the_page_trains_a_release(tmp_path: Path) -> None:
    done = run(tmp_path, payments(20_000))
    assert done.returncode == 0, done.stderr
    card = (tmp_path / "var/own/production_model/MODEL_CARD.md").read_text()
    assert "12,000 payments" in card
    assert "simulated" not in card


def test_unusable_rows_are_named_and_counted(tmp_path: Path) -> None:
    frame = payments(100)
    frame["amount"] = frame["amount"].astype(object)
    frame.loc[4, "amount"] = "many"
    frame.loc[9, "label"] = "perhaps"
    done = run(tmp_path, frame)
    assert done.returncode != 0
    message = " ".join(done.stderr.split())
    assert "2 row(s) are unusable" in message
    assert "payments.csv row 5: amt is no number" in message
    assert "payments.csv row 10: is_fraud is none of" in message
    assert not (tmp_path / "var/own").exists()
