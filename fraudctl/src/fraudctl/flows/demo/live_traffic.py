"""Held-back payments sent all the time while a demo goes on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fraud_processes.errors import LocalError
from fraud_simulator.connection import Target
from fraud_simulator.errors import SimulatorError
from fraud_simulator.figures import Summary, summarise
from fraud_simulator.payments import SAMPLE, draw, read
from fraud_simulator.sender import Pace, Sender, requests

_PACE: Final = Pace(concurrency=4, delay=0.02)
"""Some 150 a second: room for the rest of a demo on two cores."""
_MOST: Final = 200_000
"""Half an hour of them."""
_SEED: Final = 0


class LiveTraffic:
    """What its sender saw so far."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._begun = time.monotonic()

    @property
    def summary(self) -> Summary:
        """Figures of all that was answered so far."""
        outcomes = tuple(self._sender.outcomes)
        return summarise(outcomes, len(outcomes), time.monotonic() - self._begun)


@contextmanager
def live_traffic(url: str) -> Iterator[LiveTraffic]:
    """Traffic to `url` until the block ends. Raises `LocalError` if there are no payments to send."""
    try:
        planned = requests(draw(read(SAMPLE), _MOST, _SEED), batch=None)
    except SimulatorError as error:
        raise LocalError(str(error)) from None
    sender = Sender(Target.parse(url), planned, _PACE)
    thread = threading.Thread(target=sender.run, args=(_say_nothing,), name="traffic", daemon=True)
    thread.start()
    try:
        yield LiveTraffic(sender)
    finally:
        sender.stop()
        thread.join()


def _say_nothing(done: int, failed: int) -> None:
    del done, failed
