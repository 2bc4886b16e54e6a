"""What the HTTP routes work with."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from wandb_local.access import Access
from wandb_local.budget import Budget
from wandb_local.errors import BusyError
from wandb_local.limits import Limits
from wandb_local.store import Store


class Service:
    """The store behind one thread: requests come one after the other, and the event loop never waits."""

    def __init__(self, store: Store, access: Access, viewer: str, limits: Limits | None = None) -> None:
        self.store = store
        self.access = access
        self.viewer = viewer
        self.limits = limits or Limits()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wandb-local-store")
        self._working_since: float | None = None
        self._bodies = 0
        self._answers = 0

    async def call[T](self, work: Callable[[Store], T]) -> T:
        """What `work` returns; its changes happen together or, if it raises, not at all.

        Raises:
            TooCostlyError: It costs more than one request may.
            StorageFullError: The disk is full.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact[T](self, work: Callable[[Store], T]) -> T:
        self._working_since = time.monotonic()
        try:
            with self.store.database.transaction(Budget(self.limits)):
                return work(self.store)
        finally:
            self._working_since = None

    def stuck(self) -> bool:
        """Whether the store's thread has been in one request for longer than any may take."""
        since = self._working_since
        return since is not None and time.monotonic() - since > self.limits.stuck_seconds

    def take_body(self, size: int) -> None:
        """Count `size` bytes of a body that is kept in memory until `release_body`.

        Raises:
            BusyError: All bodies together would be more than may be.
        """
        if self._bodies + size > self.limits.bodies:
            raise BusyError("too many large requests are under way: send it again in a second")
        self._bodies += size

    def release_body(self, size: int) -> None:
        """Give back what `take_body` counted."""
        self._bodies -= size

    def take_answer(self, size: int) -> None:
        """Count an answer of `size` bytes that is kept until its caller has taken it, and `release_answer`.

        Raises:
            BusyError: It would be too much beside others; alone it may be of any size.
        """
        if self._answers and self._answers + size > self.limits.answers:
            raise BusyError("too many large answers are under way: ask again in a second")
        self._answers += size

    def release_answer(self, size: int) -> None:
        """Give back what `take_answer` counted."""
        self._answers -= size

    def close(self) -> None:
        """Finish what runs and close the store."""
        self._thread.shutdown()
        self.store.database.close()
