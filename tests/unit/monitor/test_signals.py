"""The monitor's end by a signal."""

import subprocess
import sys

from support.waiting import HANG

CODE = """
import os, signal, sys, threading
from fraud_monitor.process import end_on_signals
ended = threading.Event()
end_on_signals(ended)
with ended._cond:  # as `wait` holds it for a moment
    os.kill(os.getpid(), signal.SIGTERM)
sys.exit(not ended.wait())
"""


def test_a_signal_that_comes_while_the_event_is_locked_ends_the_monitor() -> None:
    assert 0 == subprocess.run([sys.executable, "-c", CODE], check=False, timeout=HANG / 2).returncode
