"""The build of images waits for another run of apt."""

import fcntl
import subprocess
from pathlib import Path

WAIT = Path(__file__).parents[3] / "images" / "wait-for-apt"


def test_it_waits_until_the_lock_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with lock.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        with subprocess.Popen(
            [WAIT, lock, tmp_path / "absent"], stderr=subprocess.PIPE, text=True
        ) as waiting:
            assert waiting.stderr is not None
            assert "waiting for another run of apt" in waiting.stderr.readline()
            assert waiting.poll() is None
            fcntl.lockf(held, fcntl.LOCK_UN)
            assert 0 == waiting.wait(300)


def test_a_free_lock_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    done = subprocess.run([WAIT, tmp_path / "lock"], capture_output=True, text=True, check=True)
    assert "" == done.stderr
