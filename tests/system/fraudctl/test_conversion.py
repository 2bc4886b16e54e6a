"""Pickles become a published release, in a process that gets no secrets, and only when they are trusted."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import httpx
import joblib
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import ArtifactError, NotCompilable, UsageError
from fraud_training.conversion.process import convert_pickles
from support.artifacts.transactions import transactions
from support.fraudctl import fraudctl
from support.processes import started

INPUTS = ["amt", "hour", "day_of_week", "category"]


class Spy:
    """Leaves its environment in a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        code = f"import json, os; json.dump(dict(os.environ), open({str(self.target)!r}, 'w'))"
        return exec, (code,)


@pytest.fixture(scope="module")
def pickled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both pickles as the original's users have them: a sparse output, no costs, no figures."""
    folder = tmp_path_factory.mktemp("pickled")
    rows = transactions(3_000)
    preprocessor = ColumnTransformer(
        [
            ("num", StandardScaler(), ["amt", "hour", "day_of_week"]),
            ("cat", OneHotEncoder(handle_unknown="ignore"), ["category"]),
        ]
    )
    features = preprocessor.fit_transform(rows[INPUTS])
    model = xgboost.XGBClassifier(n_estimators=30, n_jobs=1).fit(features, rows["is_fraud"].astype(int))
    joblib.dump(preprocessor, folder / "preprocessor.pkl", compress=3)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    return folder


@pytest.fixture(scope="module")
def published(pickled: Path) -> Path:
    """The workspace in which they were published."""
    home = pickled / "home"
    pickles = ("--model", str(pickled / "model.pkl"), "--preprocessor", str(pickled / "preprocessor.pkl"))
    done = fraudctl(home, "publish", *pickles, "--trust-pickle", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert "production_model:v0" in json.loads(done.stdout)["model"]
    return home


def test_served_scores_are_those_of_predict_proba(published: Path, pickled: Path) -> None:
    [release] = (published / "var/trained").iterdir()
    rows = transactions(4_000, seed=9)
    rows.loc[::40, "category"] = "never_seen"
    with started() as start:
        process = start(
            "fraud_standalone",
            MODEL_DIR=release / PRODUCTION_MODEL,
            PREPROCESSOR_DIR=release / PREPROCESSOR,
        )
        process.wait_ready()
        columns = {name: rows[name].tolist() for name in INPUTS}
        answer = httpx.post(f"{process.url}/predict/batch", json={"columns": columns}, timeout=60).json()[
            "columns"
        ]
    model, preprocessor = (joblib.load(pickled / f"{name}.pkl") for name in ("model", "preprocessor"))
    expected = model.predict_proba(preprocessor.transform(rows[INPUTS]))[:, 1]
    np.testing.assert_allclose(answer["fraud_probability"], expected, rtol=0, atol=1e-6)
    blocked = pd.Series(answer["prediction"]) == "fraudulent"
    assert (expected >= 0.5).tolist() == blocked.tolist()


def test_the_card_says_what_is_not_known(published: Path) -> None:
    [release] = (published / "var/trained").iterdir()
    card = (release / PRODUCTION_MODEL / "MODEL_CARD.md").read_text()
    assert "**None is known.**" in card
    assert "uncalibrated" in card


def test_an_untrusted_pickle_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Spy(tmp_path / "seen")))
    refused = fraudctl(tmp_path, "publish", "--model", str(tmp_path / "model.pkl"))
    assert refused.returncode == 2
    assert "say --trust-pickle" in refused.stderr
    assert not (tmp_path / "seen").exists()


def test_a_pickle_sees_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy:1")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Spy(tmp_path / "seen")))
    with pytest.raises(NotCompilable, match=r"NoneType; supported is an XGBClassifier|no Pipeline"):
        convert_pickles(tmp_path / "model.pkl", None, tmp_path / "release")
    seen = json.loads((tmp_path / "seen").read_text())
    assert {"HOME", "PATH"} <= seen.keys()
    assert [] == [name for name in seen if "WANDB" in name or "PROXY" in name.upper()]
    assert not {"k" * 40, "http://user:secret@proxy:1"} & set(seen.values())
    assert os.environ["HOME"] != seen["HOME"]
    assert {"model.pkl", "seen"} == {path.name for path in tmp_path.iterdir()}


def test_what_is_no_pickle_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("text")
    with pytest.raises(NotCompilable, match=r"model\.pkl cannot be unpickled here"):
        convert_pickles(tmp_path / "model.pkl", None, tmp_path / "release")
    with pytest.raises(UsageError, match=r"nowhere\.pkl is not there"):
        convert_pickles(tmp_path / "nowhere.pkl", None, tmp_path / "release")
    with pytest.raises(ArtifactError, match="exists"):
        convert_pickles(tmp_path / "model.pkl", None, tmp_path)
