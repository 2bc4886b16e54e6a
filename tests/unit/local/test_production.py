"""What was served last is remembered, and served again only if it is still what it was."""

from pathlib import Path

import pytest

from fraud_contract.errors import ArtifactCorrupt
from fraud_local.folders import Folders
from fraud_local.production import LastProduction
from fraud_registry.artifacts.cache import keep, seal_of
from fraud_registry.references import Pin, ReleasePins
from support.artifacts.releases import write_release


def pin(name: str) -> Pin:
    return Pin(entity="local", project="fraud", name=name, version="v3", registry_digest="0123456789abcdef")


PINS = ReleasePins(model=pin("production_model"), preprocessor=pin("preprocessor"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with both artifacts of `PINS`."""
    cache = tmp_path / "cache"
    cache.mkdir()
    written = write_release(tmp_path / "release", 70.0)
    for each, folder in ((PINS.model, written.model), (PINS.preprocessor, written.preprocessor)):
        keep(cache, each, folder, seal_of(folder))
    return cache


def test_nothing_is_recalled_where_nothing_was_served(tmp_path: Path) -> None:
    assert LastProduction.recall(tmp_path / "last_production.json") is None


def test_the_last_release_is_recalled_with_its_artifacts(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "last_production.json"
    LastProduction.remember(PINS, path)
    last = LastProduction.recall(path)
    assert last == LastProduction(pins=PINS)
    folders = last.cached(cache)
    assert isinstance(folders, Folders)
    assert (folders.model / "model.ubj").is_file()
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".new"] == []


def test_an_artifact_that_changed_is_not_served(cache: Path) -> None:
    last = LastProduction(pins=PINS)
    folders = last.cached(cache)
    assert folders is not None
    (folders.model / "model.ubj").write_bytes(b"other trees")
    assert last.cached(cache) is None


def test_an_unreadable_memory_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "last_production.json"
    path.write_text("{")
    with pytest.raises(ArtifactCorrupt, match=r"last_production\.json is not readable JSON"):
        LastProduction.recall(path)
