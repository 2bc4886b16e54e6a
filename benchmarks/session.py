"""One session: equality first, then rounds in which the services take turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import usage
from benchmarks.cores import Cores
from benchmarks.equality import Truth
from benchmarks.figures.measurements import Point, Round, Summary
from benchmarks.in_turn import turns
from benchmarks.load.burst import Burst
from benchmarks.load.payments import Payments, write_bodies
from benchmarks.load.wrk import Headers, drive
from benchmarks.plan import BATCH, CONNECTIONS, Plan
from benchmarks.services.processes import Running, running
from benchmarks.services.variants import VARIANTS, Variant

Report = Callable[[str], None]
"""Takes a line about what happens next."""
_ONE: Final = 1


@dataclass(frozen=True)
class Session:
    """What every measurement of a session needs."""

    plan: Plan
    cores: Cores
    release: Path
    payments: Payments
    folder: Path
    """For bodies and logs."""

    def require_equal(self, report: Report) -> None:
        """Raise `BenchmarkError` unless all services that decide answer as the pipeline does."""
        truth = Truth.compute(self.payments, self.release)
        for variant in VARIANTS:
            if variant.decides:
                report(f"answers of {variant.name}")
                with running(variant, self.release, self.cores.server, self.folder) as service:
                    rows = variant.api.rows(self.payments, self.release)
                    truth.require(variant, rows, service.url)

    def measure(self, report: Report) -> dict[str, Summary]:
        """Each variant's figures over all rounds, by name; errors as `running` and `drive`."""
        rounds: dict[str, list[Round]] = {variant.name: [] for variant in VARIANTS}
        for number, variant in turns(VARIANTS, self.plan.rounds):
            report(f"round {number + 1} of {self.plan.rounds}: {variant.name}")
            with running(variant, self.release, self.cores.server, self.folder) as service:
                rounds[variant.name].append(self._round(variant, service))
        return {name: Summary.of(each) for name, each in rounds.items()}

    def _round(self, variant: Variant, service: Running) -> Round:
        rows = variant.api.rows(self.payments, self.release)
        bodies = write_bodies(map(variant.api.one, rows.single), self.folder / "single.jsonl")
        url = service.url + variant.api.path
        points = {}
        for connections in CONNECTIONS:
            drive(url, bodies, connections, self.plan.warm_up)
            points[connections] = self._point(service, url, bodies, connections)
        gateway = self._point(service, url, bodies, CONNECTIONS[-1], Headers.GATEWAY)
        memory = usage.pss_mebibytes(service.processes)
        return Round(points, gateway, self._batch_rate(variant, service, rows.batch), memory, service.starts)

    def _point(
        self,
        service: Running,
        url: str,
        bodies: Path,
        connections: int,
        headers: Headers = Headers.BARE,
    ) -> Point:
        burst = Burst(url, bodies, connections, self.plan.seconds, headers)
        return burst.measure(partial(usage.cpu_seconds, service.processes), self.cores.server)

    def _batch_rate(self, variant: Variant, service: Running, rows: Sequence[object]) -> float | None:
        if not variant.decides:
            return None
        bodies = write_bodies([variant.api.many(rows)], self.folder / "batch.jsonl")
        url = service.url + variant.api.batch_path
        drive(url, bodies, _ONE, self.plan.batch_seconds)
        return drive(url, bodies, _ONE, self.plan.batch_seconds).rate * BATCH
