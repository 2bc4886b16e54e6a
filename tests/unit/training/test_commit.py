"""The commit that a release was trained by."""

import subprocess
from pathlib import Path

import pytest

from fraud_training.release.commit import commit_of


def git(folder: Path, *arguments: str) -> str:
    """What git says there, as a user of its own."""
    user = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    done = subprocess.run(
        ["git", "-C", str(folder), *user, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_commit_and_changes_of_a_checkout(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("one")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-qm", "one")
    head = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked").touch()
    assert {"commit": head, "dirty": False} == commit_of(tmp_path)
    (tmp_path / "code.py").write_text("two")
    assert {"commit": head, "dirty": True} == commit_of(tmp_path)


def test_outside_of_git_the_reason_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not a git repository" in commit_of(tmp_path)["absent"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"absent": "git cannot be run (FileNotFoundError)"} == commit_of(tmp_path)
