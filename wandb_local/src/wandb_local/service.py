"""What the HTTP routes work with."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from wandb_local.access import Access
from wandb_local.limits import Limits
from wandb_local.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """The store behind one thread: requests come one after the other, and the event loop never waits."""

    store: Store
    access: Access
    viewer: str
    limits: Limits = field(default_factory=Limits)
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="wandb-local-store")
    )

    async def call[T](self, work: Callable[[Store], T]) -> T:
        """What `work` returns; its changes happen together or, if it raises, not at all."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact[T](self, work: Callable[[Store], T]) -> T:
        with self.store.database.transaction():
            return work(self.store)

    def close(self) -> None:
        """Finish what runs and close the store."""
        self._thread.shutdown()
        self.store.database.close()
