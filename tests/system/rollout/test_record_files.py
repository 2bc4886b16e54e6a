"""Record files outlive kills, full disks and second writers."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fraud_rollout.core.state.record import Record, RecordUnreadable
from fraud_rollout.records.details import Details
from fraud_rollout.records.errors import RecordConflict, RecordNotSaved
from fraud_rollout.records.files import RecordFiles
from support.rollouts.records import record

SAVES_FOREVER = """
import sys
from pathlib import Path
from fraud_rollout.records.files import RecordFiles
files = RecordFiles(Path(sys.argv[1]))
record = files.load("r1")
while True:
    record = files.save(record.model_copy(update={"reason": str(record.version) * 5_000}))
    print(record.version, flush=True)
"""


@pytest.fixture
def files(tmp_path: Path) -> RecordFiles:
    return RecordFiles(tmp_path / "rollouts")


def loaded(files: RecordFiles) -> Record:
    found = files.load("r1")
    assert found is not None
    return found


def test_what_was_saved_is_loaded(files: RecordFiles) -> None:
    assert files.load("r1") is None
    saved = files.save(record())
    assert (1, saved) == (saved.version, files.load("r1"))
    assert [saved] == list(files.all())


def test_of_two_writers_the_second_is_refused(files: RecordFiles) -> None:
    first = files.save(record())
    files.save(first.model_copy(update={"reason": "one"}))
    with pytest.raises(RecordConflict, match="has version 2, not 1"):
        files.save(first.model_copy(update={"reason": "other"}))
    with pytest.raises(RecordConflict, match="has version 2, not 0"):
        files.save(record())
    assert "one" == loaded(files).reason


def test_killed_at_any_moment_it_leaves_the_old_record_or_the_new_one(
    files: RecordFiles, tmp_path: Path
) -> None:
    files.save(record())
    for wait in range(1, 9):
        with subprocess.Popen(
            [sys.executable, "-c", SAVES_FOREVER, str(tmp_path / "rollouts")], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(wait * 3)]
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        last = int((rest or said)[-1])
        found = loaded(files)
        assert found.version in {last, last + 1}
        assert str(found.version - 1) * 5_000 == found.reason


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], None]]:
    """Lets this process write files of so many bytes at most, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_the_old_record_stays(
    files: RecordFiles, small_disk: Callable[[int], None], tmp_path: Path
) -> None:
    saved = files.save(record())
    small_disk(4_096)
    with pytest.raises(
        RecordNotSaved, match=r"r1\.json could not be written: File too large\. What was saved"
    ):
        files.save(saved.model_copy(update={"reason": "x" * 60_000}))
    assert saved == files.load("r1")
    assert ["r1.json"] == [path.name for path in (tmp_path / "rollouts").iterdir()]


def test_an_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "rollouts").write_text("a file")
    with pytest.raises(RecordNotSaved, match="File exists"):
        RecordFiles(tmp_path / "rollouts").save(record())


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"schema_version":2}',
        b'{"schema_version":1}',
        b"0" * (5 << 20),
    ],
    ids=["cut off", "no text", "no object", "deep", "newer", "empty", "huge"],
)
def test_another_content_is_refused_and_not_overwritten(
    files: RecordFiles, tmp_path: Path, content: bytes
) -> None:
    files.save(record("r2"))
    path = tmp_path / "rollouts" / "r1.json"
    path.write_bytes(content)
    with pytest.raises(RecordUnreadable, match=str(path)):
        files.load("r1")
    with pytest.raises(RecordUnreadable):
        files.save(record())
    assert content == path.read_bytes()
    assert ["r2"] == [each.id for each in files.all()]


def test_details_lie_beside_the_record(files: RecordFiles, tmp_path: Path) -> None:
    assert Details() == files.load_details("r1")
    details = Details(command="fraudctl judge A B", offline=True)
    files.save_details("r1", details)
    files.save(record())
    assert details == files.load_details("r1")
    assert ["r1"] == [each.id for each in files.all()]
    path = tmp_path / "rollouts" / "r1.details.json"
    path.write_text(json.dumps({"schema_version": 7}))
    assert Details() == files.load_details("r1")


@pytest.mark.parametrize("name", ["a" * 300, "../kept", "kept.details", "", "/etc/hostname"])
def test_what_is_no_id_names_no_record(name: str, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    RecordFiles(tmp_path).save(record("kept"))
    assert RecordFiles(tmp_path / "inside").load(name) is None


def test_a_record_under_another_id_is_refused(tmp_path: Path) -> None:
    files = RecordFiles(tmp_path)
    files.save(record("kept"))
    files.path("kept").rename(files.path("other"))
    with pytest.raises(RecordUnreadable, match="it is the record of kept"):
        files.load("other")


def test_a_folder_in_the_place_of_a_record_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "kept.json").mkdir()
    with pytest.raises(RecordUnreadable, match="cannot be read: Is a directory"):
        RecordFiles(tmp_path).load("kept")


def test_a_file_in_the_place_of_the_folder_is_no_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "rollouts").write_text("not a folder")
    with pytest.raises(RecordUnreadable, match="is no folder"):
        RecordFiles(tmp_path / "rollouts").all()
