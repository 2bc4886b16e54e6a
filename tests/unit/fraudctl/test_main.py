"""Errors on their way out of `fraudctl`."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from fraud_contract.errors import NotInRegistry
from fraudctl import main as entry
from support.fraudctl import fraudctl


def failing(error: Exception) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


def test_an_error_of_ours_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "app", failing(NotInRegistry("No such version. Publish it.")))
    assert entry.main() == 1
    assert capsys.readouterr() == ("", "error: No such version. Publish it.\n")


@pytest.mark.parametrize("error", [NotInRegistry("v1\x1b[1A\x1b[2K\x9b"), KeyError("\x1b[2J")])
def test_an_error_steers_no_terminal(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("FRAUDCTL_HOME", str(tmp_path))
    monkeypatch.setattr(entry, "app", failing(error))
    assert entry.main() == 1
    assert not {"\x1b", "\x9b"} & set(capsys.readouterr().err)


def test_an_unexpected_error_is_printed_in_short_and_logged_in_full(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("FRAUDCTL_HOME", str(tmp_path))
    monkeypatch.setattr(entry, "app", failing(KeyError("fraud")))
    kept = tmp_path / "var" / "log" / "traceback.log"
    assert entry.main() == 1
    assert capsys.readouterr() == (
        "",
        f"error: unexpected KeyError: 'fraud'\nDetails are in {kept}; please report a defect with them.\n",
    )
    assert kept.read_text().startswith("Traceback")


def test_an_unexpected_error_is_printed_in_full_where_no_log_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("no folder")
    monkeypatch.setenv("FRAUDCTL_HOME", str(tmp_path))
    monkeypatch.setattr(entry, "app", failing(KeyError("fraud")))
    assert entry.main() == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def command() -> None:
        Path("/dev/full").write_bytes(b"a command to a rollout")

    monkeypatch.setenv("FRAUDCTL_HOME", str(tmp_path))
    monkeypatch.setattr(entry, "app", command)
    assert entry.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {tmp_path}/var cannot be written: No space left on device. ")
    assert said.endswith("Make room there, and run it again.\n")
    assert 1 == said.count("\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "x" * 5_000),
            f"{'x' * 200}…: File name too long. ",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/root/a"),
            "/root/a: Permission denied. Change ",
        ),
    ],
)
def test_a_path_that_cannot_be_used_is_one_line_and_no_defect(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "app", failing(error))
    assert entry.main() == 1
    told = capsys.readouterr().err
    assert (True, 1) == (told.startswith(f"error: {said}"), told.count("\n"))


def test_a_read_only_disk_is_told_with_where_else_to_write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = OSError(errno.EROFS, "Read-only file system", "/checkout/var")
    monkeypatch.setattr(entry, "app", failing(error))
    assert entry.main() == 1
    assert "Read-only file system. Set FRAUDCTL_HOME" in capsys.readouterr().err


def test_letters_that_the_terminal_does_not_have_are_escaped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = fraudctl(home, "registry", "show", "caf\u00e9:v0", **environ)
    assert (2, True) == (done.returncode, done.stderr.startswith("error: 'caf\\"))
