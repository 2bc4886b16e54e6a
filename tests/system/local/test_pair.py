"""Predictor and transformer of a small release, run as a demo runs them."""

import json
import os
import signal
from pathlib import Path

import pytest

from fraud_local.endpoint import Endpoint, Listening
from fraud_local.folders import Folders
from fraud_local.pair import running
from fraud_processes.errors import ProcessFailed
from fraudctl.flows.demo.example import answer
from support.artifacts.releases import write_release
from support.fraudctl import DEAD_PROXY, environment, processes_of
from support.processes import free_port


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    written = write_release(tmp_path / "release", 70.0)
    return Folders(written.model, written.preprocessor)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint.choose(Listening(http=free_port()))


def test_a_pair_decides_past_a_dead_proxy_and_the_end_of_either_process_is_noticed(
    tmp_path: Path, folders: Folders, endpoint: Endpoint
) -> None:
    environ = environment(tmp_path, **DEAD_PROXY)
    with running(folders, endpoint, environ, tmp_path / "log") as pair:
        decided = json.loads(answer(endpoint.url))
        os.kill(pair.children[0].pid, signal.SIGKILL)
        with pytest.raises(ProcessFailed, match=r"^predictor ended by itself, by signal 9"):
            pair.watch()
    assert decided["prediction"] in {"fraudulent", "non-fraudulent"}
    assert processes_of(tmp_path) == []


def test_a_broken_artifact_is_reported_in_the_predictor_s_own_words_and_leaves_nothing(
    tmp_path: Path, folders: Folders, endpoint: Endpoint
) -> None:
    (folders.model / "model.ubj").write_bytes(b"")
    with (
        pytest.raises(ProcessFailed) as failure,
        running(folders, endpoint, environment(tmp_path), tmp_path / "log"),
    ):
        pass
    assert failure.value.message.startswith(
        f"predictor ended by itself, with exit code 1: {folders.model / 'model.ubj'} has 0 bytes, "
    )
    assert failure.value.message.endswith(f"(log: {tmp_path / 'log' / 'predictor.log'})")
    assert processes_of(tmp_path) == []
