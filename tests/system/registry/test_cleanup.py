"""A worker whose parent is gone leaves no files and no processes, however busy its threads and child are."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

BUSY = """
import subprocess, sys, threading
from pathlib import Path
from fraud_registry.worker.cleanup import end_with_parent

WRITE = '''
import sys
from itertools import count
from pathlib import Path

for number in count():
    folder = Path(sys.argv[1], "runs")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(number % 50)).write_text("x")
'''
child = subprocess.Popen([sys.executable, "-c", WRITE, sys.argv[1]], start_new_session=True)
threading.Thread(target=end_with_parent, args=(Path(sys.argv[1]), print), daemon=True).start()
print(child.pid, flush=True)
exec(WRITE)
"""


def test_nothing_is_left_by_a_worker_in_the_middle_of_writing(tmp_path: Path) -> None:
    sandbox = tmp_path / "sandbox"
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, sandbox], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        child = psutil.Process(int(worker.stdout.readline()))
        while not (sandbox / "runs" / "49").exists():
            time.sleep(0.01)
        worker.stdin.close()
        assert 1 == worker.wait(300)
    assert not child.is_running()
    assert [] == list(tmp_path.iterdir())
