"""Pickles become a published release, in a process that gets no secrets, and only when they are trusted."""

import json
import os
import pickle
import socket
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
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from fraud_training.conversion.isolation import isolating
from fraud_training.conversion.process import convert_pickles
from support.artifacts.datasets import small_dataset
from support.artifacts.training_output import write_training_output
from support.artifacts.transactions import transactions
from support.fraudctl import fraudctl, processes_of
from support.processes import started
from support.registries.by_hand import log_by_hand
from support.waiting import eventually

INPUTS = ["amt", "hour", "day_of_week", "category"]


SPY = """
import json, os, socket
try:
    socket.create_connection(("127.0.0.1", {port}), 5).sendall(b"secret")
    sent = True
except OSError:
    sent = False
processes = [name for name in os.listdir("/proc") if name.isdigit()]
with open({target!r}, "w") as file:
    json.dump(dict(environ=dict(os.environ), sent=sent, processes=processes), file)
"""
FORKS_FOR_EVER = """
import os
while True:
    if os.fork():
        os._exit(0)
    os.setsid()
"""
NEVER_ENDS = """
import os, time
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(1)
"""


class Hostile:
    """Runs `code` when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return exec, (self.code,)


def hostile(folder: Path, code: str) -> Path:
    """A pickle in `folder` that runs the code."""
    (folder / "model.pkl").write_bytes(pickle.dumps(Hostile(code)))
    return folder / "model.pkl"


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


def test_every_command_says_what_a_converted_release_lacks(published: Path, tmp_path: Path) -> None:
    small_dataset(tmp_path / "data")
    with embedded(published / "var" / "wandb") as account:
        publish(account, write_training_output(tmp_path / "own", 70.0), ("own",))
        rows = json.loads(fraudctl(published, "registry", "list", "-o", "json").stdout)
        listed = [(row["version"], row["trained"], row["gates"]) for row in rows]
        assert [("v1", "quickly", "passed"), ("v0", "elsewhere", "not known")] == listed
        shown = fraudctl(published, "registry", "show", "production_model:v0", "-o", "json")
        assert json.loads(shown.stdout)["metadata"]["not_known"].startswith(
            "figures, calibration, training data"
        )
        assert 0 == fraudctl(published, "registry", "promote", "own").returncode
        refused = fraudctl(published, "registry", "promote", "v0")
        assert 2 == refused.returncode
        assert "warning: converted from pickles: figures, calibration and training data" in refused.stderr
        assert "has no figures of its own: it was converted from pickles" in refused.stderr
        promoted = fraudctl(published, "registry", "promote", "v0", "--yes", "-o", "json")
        assert (0, "elsewhere") == (promoted.returncode, json.loads(promoted.stdout)["trained"])
        back = fraudctl(published, "registry", "rollback")
        assert "warning: it was trained quickly, for a demo" in back.stderr
        payments = ("--dataset", str(tmp_path / "data"), "--sample", "3000")
        judged = fraudctl(published, "judge", "v1", "v0", *payments)
        log_by_hand(account, "production_model", "model", "theirs")
        theirs = fraudctl(published, "registry", "show", "production_model:theirs", "-o", "json")
    assert "it was not published by fraudctl" in json.loads(theirs.stdout)["problem"]
    assert judged.returncode in {0, 3, 4}, judged.stderr
    assert "does not say what it was trained on" in judged.stdout + judged.stderr


def test_an_untrusted_pickle_is_not_read(tmp_path: Path) -> None:
    model = hostile(tmp_path, SPY.format(port=9, target=str(tmp_path / "seen")))
    refused = fraudctl(tmp_path, "publish", "--model", str(model))
    assert refused.returncode == 2
    assert "say --trust-pickle" in refused.stderr
    assert not (tmp_path / "seen").exists()


def test_a_pickle_sees_no_secrets_and_reaches_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy:1")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        model = hostile(tmp_path, SPY.format(port=port, target=str(tmp_path / "seen")))
        with pytest.raises(NotCompilable, match=r"NoneType; supported is an XGBClassifier|no Pipeline"):
            convert_pickles(model, None, tmp_path / "release")
    found = json.loads((tmp_path / "seen").read_text())
    isolated = bool(isolating())
    assert (not isolated, isolated) == (found["sent"], found["processes"] == ["1"])
    seen = found["environ"]
    assert {"HOME", "PATH"} <= seen.keys()
    assert [] == [name for name in seen if "WANDB" in name or "PROXY" in name.upper()]
    assert not {"k" * 40, "http://user:secret@proxy:1"} & set(seen.values())
    assert os.environ["HOME"] != seen["HOME"]
    assert {"model.pkl", "seen"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param(FORKS_FOR_EVER, "ended unexpectedly", id="forks for ever"),
        pytest.param(NEVER_ENDS, "took more than 10 s and was ended", id="never ends"),
    ],
)
@pytest.mark.skipif(not isolating(), reason="this system allows no namespaces")
def test_nothing_that_a_pickle_starts_outlives_the_conversion(
    tmp_path: Path, code: str, message: str
) -> None:
    with pytest.raises(ArtifactError, match=message):
        convert_pickles(hostile(tmp_path, code), None, tmp_path / "release", deadline=10)
    eventually(lambda: not processes_of(tmp_path), seconds=10)  # the kernel ends them, one by one
    assert ["model.pkl"] == [path.name for path in tmp_path.iterdir()]


def test_a_pickle_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotCompilable, match="takes too much memory"):
        convert_pickles(hostile(tmp_path, "bytearray(1 << 40)"), None, tmp_path / "release")


def test_where_the_system_allows_no_namespaces_the_conversion_says_so(
    pickled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    pickles = pickled / "model.pkl", pickled / "preprocessor.pkl"
    converted = convert_pickles(*pickles, tmp_path / "release")
    assert [True] == ["could have reached the network" in each for each in converted.warnings]


def test_what_is_no_pickle_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("text")
    with pytest.raises(NotCompilable, match=r"model\.pkl cannot be unpickled here"):
        convert_pickles(tmp_path / "model.pkl", None, tmp_path / "release")
    for form in ("ubj", "json"):
        path = tmp_path / f"model.{form}"
        xgboost.train({}, xgboost.DMatrix(np.zeros((2, 1)), [0, 1]), 1).save_model(path)
        with pytest.raises(NotCompilable, match=rf"model\.{form} is no pickle but a model file of XGBoost"):
            convert_pickles(path, None, tmp_path / "release")
    with pytest.raises(UsageError, match=r"nowhere\.pkl is not there"):
        convert_pickles(tmp_path / "nowhere.pkl", None, tmp_path / "release")
    with pytest.raises(ArtifactError, match="exists"):
        convert_pickles(tmp_path / "model.pkl", None, tmp_path)
