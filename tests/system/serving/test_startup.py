"""What a process cannot serve it refuses before its port opens, in one line that says what to do."""

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fraud_contract.artifacts.loading import BOOSTER, FEATURE_SPEC, MODEL_DOCUMENT
from fraud_contract.artifacts.manifest import seal
from fraud_contract.trees.ubjson import parse
from support.artifacts.releases import Folders
from support.artifacts.ubjson import dumps
from support.processes import Process, Start


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def truncate(name: str) -> Callable[[Path], None]:
    def fault(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return fault


def flip_a_bit(name: str) -> Callable[[Path], None]:
    def fault(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return fault


def newer_schema(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 2}))


def add_a_file(folder: Path) -> None:
    (folder / "extra.bin").write_bytes(b"x")


def point_a_child_elsewhere(folder: Path) -> None:
    document: Any = parse((folder / BOOSTER).read_bytes())
    tree = document["learner"]["gradient_booster"]["model"]["trees"][3]
    tree["left_children"] = tree["left_children"].copy()
    tree["left_children"][0] = 1_000_000
    (folder / BOOSTER).write_bytes(dumps(document))
    seal(folder, "model")


def nest(name: str) -> Callable[[Path], None]:
    def fault(folder: Path) -> None:
        (folder / name).write_text("[" * 100_000)
        seal(folder, "model")

    return fault


Fault = tuple[str, Callable[[Path], object], str]

FAULTS: dict[str, Fault] = {
    "model folder missing": ("model", shutil.rmtree, "Pipeline file not found"),
    "booster missing": ("model", remove(BOOSTER), "Pipeline file not found"),
    "manifest missing": ("model", remove("manifest.json"), "Pipeline file not found"),
    "booster truncated": ("model", truncate(BOOSTER), "bytes, its manifest says"),
    "booster with a flipped bit": ("model", flip_a_bit(BOOSTER), "differs from its manifest"),
    "model.json with a flipped bit": ("model", flip_a_bit(MODEL_DOCUMENT), "differs from its manifest"),
    "a file too many": ("model", add_a_file, "not in its manifest"),
    "unknown schema version": ("model", newer_schema, "schema version 2"),
    "a consistent manifest of unsound trees": ("model", point_a_child_elsewhere, "tree 3: children are out"),
    "a consistent manifest of nested JSON": ("model", nest(MODEL_DOCUMENT), "is not readable JSON"),
    "preprocessor folder missing": ("preprocessor", shutil.rmtree, "Pipeline file not found"),
    "feature spec truncated": ("preprocessor", truncate(FEATURE_SPEC), "bytes, its manifest says"),
}


def refusal(process: Process) -> str:
    """The one line that a process refused to start with."""
    _, errors = process.popen.communicate(timeout=240)
    assert process.popen.returncode == 1
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", process.http_port)) != 0
    lines = [line for line in errors.splitlines() if line]
    assert len(lines) == 1, errors
    return lines[0]


@pytest.fixture
def copies(folders: Folders, tmp_path: Path) -> Folders:
    """A release that a test may spoil."""
    spoiled = Folders(tmp_path / "preprocessor", tmp_path / "production_model")
    shutil.copytree(folders.preprocessor, spoiled.preprocessor)
    shutil.copytree(folders.model, spoiled.model)
    return spoiled


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_spoiled_artifact(start: Start, copies: Folders, fault: Fault) -> None:
    artifact, spoil, told = fault
    spoil(getattr(copies, artifact))
    process = start("fraud_standalone", MODEL_DIR=copies.model, PREPROCESSOR_DIR=copies.preprocessor)
    line = refusal(process)
    assert line.startswith("error: ")
    assert told in line


def test_artifacts_of_two_pairs(start: Start, folders: Folders, other_folders: Folders) -> None:
    process = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=other_folders.preprocessor,
        PREDICTOR="127.0.0.1:1",
    )
    assert "Serve the pair that was published together" in refusal(process)


def test_the_predictor_refuses_a_spoiled_model_too(start: Start, copies: Folders) -> None:
    flip_a_bit(BOOSTER)(copies.model)
    assert "differs from its manifest" in refusal(start("fraud_predictor", MODEL_DIR=copies.model))


def test_an_unknown_setting_is_named(start: Start, folders: Folders) -> None:
    line = refusal(start("fraud_predictor", MODEL_DIR=folders.model, PORT=8080))
    assert line.startswith("error: Unknown setting FRAUD_PORT. Known here: ")


def test_an_impossible_setting_is_named(start: Start, folders: Folders) -> None:
    line = refusal(start("fraud_predictor", MODEL_DIR=folders.model, LOG_LEVEL="loud"))
    assert line.startswith("error: Settings refused. FRAUD_LOG_LEVEL: ")


@pytest.mark.parametrize("name", ["HTTP_PORT", "GRPC_PORT", "ADMIN_PORT"])
def test_a_busy_port_is_named(start: Start, folders: Folders, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        process = start(
            "fraud_standalone",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            **{name: port},
        )
        _, errors = process.popen.communicate(timeout=240)
    assert process.popen.returncode == 1
    assert f"error: Cannot listen on 127.0.0.1:{port}" in errors
    assert f"FRAUD_{name}" in errors


def test_serving_processes_load_nothing_that_their_images_do_not_have(
    pair: tuple[Process, Process], standalone: Process
) -> None:
    for each in (*pair, standalone):
        loaded = Path(f"/proc/{each.popen.pid}/maps").read_text()
        assert {"numpy"} == {name for name in ("numpy", "pyarrow", "sklearn") if f"/{name}/" in loaded}
