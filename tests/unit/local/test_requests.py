"""What lies in the folders in which terminals talk to the process that serves: never more than a request."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fraud_local.folders import Folders
from fraud_local.platform.candidates import Candidates
from fraud_local.platform.commands import Commands
from fraud_rollout.core.state.command import Verb


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(8 << 30)


LEFT: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "nowhere": lambda path: path.symlink_to("nothing"),
    "huge": _huge,
    "nested": lambda path: path.write_text("[" * 100_000),
    "no text": lambda path: path.write_bytes(b"\xff\x00"),
    "empty": Path.touch,
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_what_is_no_request_neither_hides_one_nor_stops_anybody(
    left: Callable[[Path], object], tmp_path: Path
) -> None:
    commands, candidates = Commands(tmp_path / "commands"), Candidates(tmp_path / "candidates")
    for folder in (commands.folder / "r1", candidates.folder):
        folder.mkdir(parents=True)
        left(folder / "0.json")
    command = commands.give("r1", Verb.PAUSE)
    offer = candidates.offer(Folders(tmp_path, tmp_path))
    assert [[command], [command]] == [commands.open("r1", ()) for _ in range(2)]
    assert [[offer], [offer]] == [list(candidates.open()) for _ in range(2)]


def test_request_under_another_name_is_none(tmp_path: Path) -> None:
    commands, candidates = Commands(tmp_path / "commands"), Candidates(tmp_path / "candidates")
    command, offer = commands.give("r1", Verb.ABORT), candidates.offer(Folders(tmp_path, tmp_path))
    for folder, name in ((commands.folder / "r1", command.id), (candidates.folder, offer.id)):
        (folder / f"{name}.json").rename(folder / "again.json")
    assert [[], []] == [commands.open("r1", ()), list(candidates.open())]


def test_command_with_an_answer_is_taken_away(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    command = commands.give("r1", Verb.ABORT)
    assert [] == commands.open("r1", {command.id})
    assert [] == list((tmp_path / "r1").iterdir())
