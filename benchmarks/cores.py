"""Two cores: one for the servers, one for those who ask."""

import os
from dataclasses import dataclass
from typing import Self

from benchmarks.errors import BenchmarkError


@dataclass(frozen=True)
class Cores:
    """Which core does what."""

    load: int
    server: int

    @classmethod
    def choose(cls) -> Self:
        """The first two cores this process may use. Raises `BenchmarkError` where there is only one."""
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) < len(cls.__dataclass_fields__):
            raise BenchmarkError("Two cores are needed: one for the servers, one for the load generator.")
        return cls(*usable[:2])

    def onto_the_servers(self) -> None:
        """Keep this process, and what it starts, on the servers' core."""
        os.sched_setaffinity(0, {self.server})

    def stay_off_the_servers(self) -> None:
        """Keep this process, and what it starts without saying otherwise, on the load generator's core."""
        os.sched_setaffinity(0, {self.load})
