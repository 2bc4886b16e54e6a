"""Whatever an artifact holds, it is refused in words, or serves every payment without a crash."""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import IO, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.artifacts.loading import (
    FEATURE_SPEC,
    GOLDEN,
    MODEL_DOCUMENT,
    ModelArtifact,
    PreprocessorArtifact,
)
from fraud_contract.artifacts.manifest import MANIFEST, SIGNATURE, seal
from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.errors import ArtifactError
from fraud_contract.features import CompiledFeatures
from fraud_contract.trees.model import require_sound
from fraud_contract.trees.ubjson import parse
from support.artifacts.fuzzing import little_memory, many
from support.artifacts.mutation import mutated, mutated_ubjson
from support.artifacts.releases import Folders, write_release
from support.artifacts.trees import Shape, grown, made_up
from support.artifacts.ubjson import dumps

SEEDS = st.integers(0, 2**32)
NAMES: Final = (
    "..", "../model.ubj", "/etc/passwd", ".", "", "a/b", "a\\b", "model.ubj/", "./model.ubj", "MODEL.UBJ",
    "x" * 300, "\x00", "a\nb", "\ud800", "con", " model.ubj", "manifest.json", "%2e%2e", "é",
)  # fmt: skip
"""Names that lead elsewhere, or are none."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return write_release(tmp_path_factory.mktemp("release"), mean=70.1)


@pytest.fixture(scope="module")
def key(folders: Folders, tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """With which the model is signed."""
    scratch = tmp_path_factory.mktemp("keys")
    made = SigningKey.new(scratch / "release.key", scratch / "release.pub")
    made.sign_artifact(folders.model)
    return made


@pytest.fixture(scope="module", params=["grown", "made up"])
def trees(request: pytest.FixtureRequest) -> bytes:
    """A model with splits by number and by category; and one whose trees the flat forest takes."""
    return grown() if request.param == "grown" else made_up(np.random.default_rng(1), Shape(trees=4))


@pytest.fixture(scope="module")
def walker() -> Iterator[subprocess.Popen[bytes]]:
    """XGBoost and the flat forest, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.artifacts.walked"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield process
        _pipe(process.stdin).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _walked(walker: subprocess.Popen[bytes], content: bytes) -> bool:
    _pipe(walker.stdin).write(struct.pack(">I", len(content)) + content)
    _pipe(walker.stdin).flush()
    return _pipe(walker.stdout).readline() in {b"walked\n", b"refused\n"}


@many
@given(seed=SEEDS)
def test_trees_that_pass_the_check_never_crash_who_walks_them(
    trees: bytes,
    walker: subprocess.Popen[bytes],
    seed: int,
) -> None:
    content = dumps(mutated(parse(trees), Random(seed)))
    try:
        require_sound(content)
    except ValueError:
        return
    assert _walked(walker, content)


@many
@given(seed=SEEDS, flips=st.integers(1, 8))
def test_bytes_that_pass_the_check_never_crash_who_walks_them(
    trees: bytes, walker: subprocess.Popen[bytes], seed: int, flips: int
) -> None:
    random = Random(seed)
    content = bytearray(trees)
    for _ in range(flips):
        content[random.randrange(len(content))] = random.randrange(256)
    try:
        require_sound(bytes(content))
    except ValueError:
        return
    assert _walked(walker, bytes(content))


@many
@given(seed=SEEDS)
def test_markers_and_lengths_that_pass_the_check_never_crash_who_walks_them(
    trees: bytes, walker: subprocess.Popen[bytes], seed: int
) -> None:
    content = mutated_ubjson(trees, Random(seed))
    with little_memory():
        try:
            require_sound(content)
        except ValueError:
            return
    assert _walked(walker, content)


@many
@given(seed=SEEDS, name=st.sampled_from(NAMES))
def test_a_manifest_with_other_names_is_refused(folders: Folders, seed: int, name: str) -> None:
    random, manifest = Random(seed), folders.model / MANIFEST
    before = manifest.read_bytes()
    document = json.loads(before)
    files = document["files"]
    old = random.choice(list(files))
    files[name] = files[old] if random.random() < 0.5 else files.pop(old)
    try:
        manifest.write_text(json.dumps(document))
        with little_memory(), pytest.raises(ArtifactError):
            ModelArtifact.load(folders.model)
    finally:
        manifest.write_bytes(before)


@many
@given(seed=SEEDS, name=st.sampled_from([SIGNATURE, MANIFEST]))
def test_a_signature_or_what_it_is_for_that_was_changed_is_refused(
    folders: Folders, key: SigningKey, seed: int, name: str
) -> None:
    random, path = Random(seed), folders.model / name
    signed = {each: each.read_bytes() for each in (folders.model / SIGNATURE, folders.model / MANIFEST)}
    changed = bytearray(signed[path])
    for _ in range(random.choice((1, 1, 2, 8))):
        place = random.randrange(len(changed) + 1)
        changed[place : place + random.randrange(3)] = random.randbytes(random.randrange(3))
    try:
        path.write_bytes(changed)
        if changed != signed[path]:
            with little_memory(), pytest.raises(ArtifactError):
                ModelArtifact.load(folders.model, key.trusted_keys)
    finally:
        for each, content in signed.items():
            each.write_bytes(content)


@many
@given(seed=SEEDS, name=st.sampled_from([FEATURE_SPEC, GOLDEN, MANIFEST]))
def test_a_preprocessor_is_refused_or_computes_every_payment(folders: Folders, seed: int, name: str) -> None:
    document = folders.preprocessor / name
    before = {path: path.read_bytes() for path in (document, folders.preprocessor / MANIFEST)}
    try:
        document.write_text(json.dumps(mutated(json.loads(before[document]), Random(seed))))
        if name != MANIFEST:
            seal(folders.preprocessor, "preprocessor")
        spec = PreprocessorArtifact.load(folders.preprocessor).spec
    except ArtifactError:
        pass
    else:
        features = CompiledFeatures(spec)
        for amount in (5e-324, 0.01, 245.5, 1e9):
            for hour, day in ((0, 0), (23, 6)):
                row = features.row(amount, hour, day, "never seen")
                assert np.isfinite(np.frombuffer(row, np.float32)).all()
                assert row == features.rows([amount], [hour], [day], ["never seen"]).tobytes()
    finally:
        for path, content in before.items():
            path.write_bytes(content)


@many
@given(seed=SEEDS, name=st.sampled_from([MODEL_DOCUMENT, GOLDEN, MANIFEST]))
def test_a_model_is_refused_or_decides_every_score(folders: Folders, seed: int, name: str) -> None:
    document = folders.model / name
    before = {path: path.read_bytes() for path in (document, folders.model / MANIFEST)}
    try:
        document.write_text(json.dumps(mutated(json.loads(before[document]), Random(seed))))
        if name != MANIFEST:
            seal(folders.model, "model")
        artifact = ModelArtifact.load(folders.model)
    except ArtifactError:
        pass
    else:
        margins = np.asarray([-3e38, -1, 0, 1, 3e38], np.float32)
        scores = artifact.document.calibration.probabilities(margins)
        amounts = np.asarray([0.01, 1, 245.5, 1e4, 1e9])
        decisions = artifact.document.policy.decide_all(scores, amounts)
        assert decisions.tolist() == [
            artifact.document.policy.decide(score, amount)
            for score, amount in zip(scores.tolist(), amounts.tolist(), strict=True)
        ]
    finally:
        for path, content in before.items():
            path.write_bytes(content)
