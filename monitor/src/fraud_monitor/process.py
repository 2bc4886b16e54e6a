"""The monitor as a process: signals, logs, and an end that comes."""

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Final

from fraud_contract.errors import SettingsError
from fraud_contract.settings import variable
from fraud_monitor.delivery.sender import Accounts
from fraud_monitor.folder import alone_in
from fraud_monitor.http.port import Port
from fraud_monitor.monitor import Monitor
from fraud_monitor.settings import MonitorSettings

_LOOK: Final = 0.2
_GRACE: Final = 5.0
"""Seconds from the wish to end to an end by force."""


def run_until_ended(settings: MonitorSettings, accounts: Accounts, parent: int | None = None) -> None:
    """Watch until SIGTERM or SIGINT, then deliver what waits; or until `parent`, which started this, is gone.

    Nothing may be left running then, so what waits stays on the disk for the next monitor. Where another one
    works in the same folder still, it begins when that has ended.

    Raises:
        SettingsError: its port cannot be opened.
    """
    logging.basicConfig(stream=sys.stderr, level="WARNING", format="%(asctime)s %(levelname)s %(message)s")
    ended, orphaned = threading.Event(), threading.Event()
    end_on_signals(ended)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent, ended, orphaned), name="parent", daemon=True).start()
    monitor = Monitor(settings, accounts)
    port = _opened(settings, monitor)
    try:
        with alone_in(settings.monitor_folder, ended) as alone:
            if alone:
                monitor.run(ended, orphaned)
    finally:
        port.close()


def end_on_signals(ended: threading.Event) -> None:
    """Have SIGTERM and SIGINT set `ended`, in another thread.

    A handler runs in the main thread, which may hold the event's lock just then, since it waits for it: to
    set the event there would wait for that lock for ever.
    """
    asked, asks = os.pipe()

    def end(_number: int, _frame: FrameType | None) -> None:
        os.write(asks, b".")

    def pass_on() -> None:
        os.read(asked, 1)
        ended.set()

    threading.Thread(target=pass_on, name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _opened(settings: MonitorSettings, monitor: Monitor) -> Port:
    try:
        return Port(settings.monitor_host, settings.monitor_port, lambda: monitor.status)
    except OSError as error:
        raise SettingsError(
            f"Port {settings.monitor_port} of {settings.monitor_host} cannot be opened ({error.strerror}). "
            f"Set {variable('monitor_port')}."
        ) from None


def _end_with(parent: int, ended: threading.Event, orphaned: threading.Event) -> None:
    """End with the parent, however it ended; by force where that takes too long."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    orphaned.set()
    ended.set()
    time.sleep(_GRACE)
    os._exit(1)
