"""The figures as the table of docs/rollouts.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.figures.measurements import Spread
from benchmarks.proxy.cost import Cost
from benchmarks.proxy.service import Decision, Idle, Recovery
from benchmarks.proxy.weights import Moved, bound
from fraud_rollout.core.durations import Spent, spent_on


@dataclass(frozen=True)
class Report:
    """All that was measured in one run."""

    machine: str
    cost: Cost
    moved: Moved
    back: Spread
    idle: Idle
    decision: Decision
    recovery: Recovery

    def rows(self) -> Iterator[str]:
        """Lines of the page."""
        yield self.machine
        yield ""
        yield "| what | measured | asked |"
        yield "|---|---|---|"
        for cells in (*self._cost(), *self._moved(), *self._service()):
            yield f"| {' | '.join(cells)} |"
        yield ""
        yield from self._decision()

    def _cost(self) -> Iterator[tuple[str, str, str]]:
        reached = _told(self.cost.spread("through Envoy", "rate"), "{:.0f}")
        for figure in ("p50", "p99"):
            ratio = _told(self.cost.ratio(figure), "{:.2f}")
            envoy, direct = (
                _told(self.cost.spread(way, figure), "{:.2f}") for way in ("through Envoy", "direct")
            )
            yield (
                f"{figure} at {reached} requests/s, through Envoy / direct",
                f"{ratio} times ({envoy} / {direct} ms)",
                "",
            )
        ratio = _told(self.cost.ratio("most"), "{:.2f}")
        envoy, direct = (
            _told(self.cost.spread(way, "most"), "{:,.0f}") for way in ("through Envoy", "direct")
        )
        yield (
            "requests/s at 64 connections, through Envoy / direct",
            f"{ratio} times ({envoy} / {direct})",
            "",
        )

    def _moved(self) -> Iterator[tuple[str, str, str]]:
        moved, count = self.moved, len(self.moved.shares)
        rate = moved.requests / moved.seconds
        yield (
            f"requests lost in {count} changes of weight, at {rate:.0f}/s over HTTP and gRPC",
            f"{moved.lost:,} of {moved.requests:,}",
            "0 of ≥ 10,000",
        )
        yield (
            "worst share of the canary, in standard deviations",
            f"{moved.worst:.2f}",
            f"≤ {bound(count):.2f} (chance 1 %)",
        )
        yield (
            "from 50 % to the canary's last answer, once 0 % is wanted",
            f"{_told(self.back, '{:.2f}')} s",
            "≤ 2 s",
        )

    def _service(self) -> Iterator[tuple[str, str, str]]:
        recovery, idle = self.recovery, self.idle
        yield "the same, from a person's `rollback` on", f"{recovery.left:.2f} s", "≤ 2 s"
        yield "CPU of the idle loop, of one core", f"{idle.loop:.1%}".replace("%", " %"), "< 2 %"
        yield (
            "the same with the looks for candidates in the registry",
            f"{idle.with_looks:.1%}".replace("%", " %"),
            "",
        )
        said = "said" if recovery.warned else "not said"
        held = "held and went on" if recovery.held else "not held"
        yield (
            "Envoy killed at 50 %: answers again after",
            f"{recovery.answered:.2f} s ({recovery.failed} requests failed meanwhile); {said}; {held}",
            "≤ 3 s, said, held",
        )

    def _decision(self) -> Iterator[str]:
        decision = self.decision
        yield (
            f"A whole rollout under the default strategy, an equal candidate, at {decision.rate:.0f} "
            f"requests/s: {decision.promoted:.0f} s from the alias `candidate` to the promotion, "
            f"{decision.lost:,} of {decision.sent:,} requests lost."
        )
        yield ""
        yield "| stay | seconds working | seconds waiting |"
        yield "|---|---|---|"
        working, waiting = 0.0, decision.noticed
        yield f"| until the alias is noticed |  | {decision.noticed:.1f} |"
        for span in decision.record.spans:
            if span.ended is None:
                continue
            seconds = (span.ended - span.begun).total_seconds()
            name = f"{span.phase} at {span.weight} %" if span.weight else str(span.phase)
            if spent_on(span) is Spent.WORKING:
                working += seconds
                yield f"| {name} | {seconds:.1f} |  |"
            else:
                waiting += seconds
                yield f"| {name} |  | {seconds:.1f} |"
        yield f"| all | {working:.1f} | {waiting:.1f} |"


def _told(spread: Spread, form: str) -> str:
    """Median with the least and the greatest."""
    return f"{form.format(spread.median)} [{form.format(spread.low)}-{form.format(spread.high)}]"
