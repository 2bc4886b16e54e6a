"""The scorers at the moment: idle, busy, or resting after a failure."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from fraud_contract.errors import DeadlineExceeded, FraudError, PredictorAway
from fraud_transformer.scoring.scorer import Scorer
from fraud_transformer.scoring.suspects import Suspects

_REST: Final = 0.2
"""Seconds a scorer is left alone after a failure; others take its share meanwhile."""
_LONG_REST: Final = 1.0
"""The same of one that did not answer in time: each try costs its requests most of a second."""


def no_predictor_error() -> PredictorAway:
    """The error to raise where no scorer is available."""
    return PredictorAway("No predictor answers at the moment. Try again in a second.")


class Pool:
    """Scorers with at most one call in flight each.

    The one that has been idle longest is next, which spreads calls evenly. gRPC's own round robin
    would not do: it sees new pods only after minutes, and it knows nothing of calls in flight.
    """

    def __init__(self, scorers: Iterable[Scorer] = ()) -> None:
        self._members: set[Scorer] = set()
        self._idle: deque[Scorer] = deque()
        self._resting: set[Scorer] = set()
        self.suspects = Suspects()
        self.on_idle: Callable[[], None] = lambda: None
        """Called whenever a scorer becomes idle; set by the owner of the work."""
        for each in scorers:
            self.add(each)

    def __len__(self) -> int:
        """Available scorers: all but those that rest after a failure."""
        return len(self._members) - len(self._resting)

    def add(self, scorer: Scorer) -> None:
        """Let a new scorer take its share."""
        self._members.add(scorer)
        self._idle.append(scorer)
        self.on_idle()

    def remove(self, scorer: Scorer) -> None:
        """Give a scorer no more calls; one in flight goes on."""
        self._members.discard(scorer)
        self._resting.discard(scorer)
        if scorer in self._idle:
            self._idle.remove(scorer)

    def take(self) -> Scorer | None:
        """The scorer that has been idle longest, now busy; None where all are busy or resting."""
        return self._idle.popleft() if self._idle else None

    def any(self, besides: Scorer | None = None) -> Scorer | None:
        """A scorer, idle if there is one, for a call beside the batches; None where there is no other."""
        available = (each for each in (*self._idle, *(self._members - self._resting)) if each is not besides)
        return next(available, None)

    def give_back(self, scorer: Scorer, failure: FraudError | None = None) -> None:
        """End of a call: the scorer is idle again, after a rest if it failed."""
        if scorer not in self._members:
            return
        if failure:
            rest = _LONG_REST if isinstance(failure, DeadlineExceeded) else _REST
            self._resting.add(scorer)
            asyncio.get_running_loop().call_later(rest, self._rested, scorer)
        else:
            self._idle.append(scorer)
            self.on_idle()

    def _rested(self, scorer: Scorer) -> None:
        if scorer in self._resting:
            self._resting.discard(scorer)
            self._idle.append(scorer)
            self.on_idle()
