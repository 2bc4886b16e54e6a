"""What /proc says of this very process."""

import os
import subprocess
import sys
import time

from benchmarks import usage


def test_a_tree_holds_children_of_children() -> None:
    nested = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", nested], stdin=subprocess.PIPE) as child:
        deadline = time.monotonic() + 300
        while len(usage.tree(child.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        found = usage.tree(os.getpid())
        assert child.pid in found
        assert set(usage.tree(child.pid)) < set(found)
        child.communicate(b"\n")


def test_cpu_time_grows_with_work() -> None:
    before = usage.cpu_seconds([os.getpid()])
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert usage.cpu_seconds([os.getpid()]) > before


def test_memory_is_that_of_a_python_process() -> None:
    assert 5 < usage.pss_mebibytes([os.getpid()]) < 5_000


def test_a_core_in_use_is_busy() -> None:
    core = min(os.sched_getaffinity(0))
    before = usage.busy_seconds(core)
    assert before > 0
    assert usage.busy_seconds(core) >= before
