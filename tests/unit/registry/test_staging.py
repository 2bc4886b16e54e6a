from pathlib import Path

import pytest

from fraud_contract.errors import SettingsError
from fraud_registry.artifacts.staging import staging


def test_a_staging_folder_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    with staging(tmp_path / "cache") as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert list((tmp_path / "cache").iterdir()) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), staging(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_at_the_next_use(tmp_path: Path) -> None:
    left = tmp_path / ".fetch-left"
    (left / "below").mkdir(parents=True)
    with staging(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_path_that_is_no_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SettingsError, match=r"/file cannot be written to \(File exists\)"),
        staging(tmp_path / "file"),
    ):
        pass


def test_a_folder_in_use_stays(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as other:
        assert one.is_dir()
        assert one != other
