"""A session's figures as text and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.figures import tables
from benchmarks.figures.goals import GOALS, Outcome, Summaries
from benchmarks.plan import BATCH, DISTINCT, Plan


@dataclass(frozen=True)
class Report:
    """Everything that is reported of a session."""

    command: str
    plan: Plan
    machine: Mapping[str, str]
    summaries: Summaries

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What became of each goal."""
        return [goal.judge(self.summaries) for goal in GOALS]

    def markdown(self) -> str:
        """Tables with what one must know to read them."""
        return "\n\n".join(
            [
                self._conditions(),
                "### Goals\n\n" + tables.goals(self.outcomes),
                "### Throughput\n\n" + tables.throughput(self.summaries),
                "### Latency\n\n" + tables.latency(self.summaries),
                "### Costs\n\n" + tables.costs(self.summaries),
            ]
        )

    def json(self) -> str:
        """The same figures for programs."""
        content = {
            "command": self.command,
            "plan": asdict(self.plan),
            "machine": dict(self.machine),
            "variants": {name: asdict(each) for name, each in self.summaries.items()},
            "goals": [_goal(each) for each in self.outcomes],
        }
        return json.dumps(content, indent=2)

    def _conditions(self) -> str:
        facts = "\n".join(f"* {name}: {value}" for name, value in self.machine.items())
        foreign = [each.foreign for summary in self.summaries.values() for each in summary.points.values()]
        usual, most = max(each.median for each in foreign), max(each.high for each in foreign)
        rounds = "round" if self.plan.rounds == 1 else "rounds"
        model = "quickly trained" if self.plan.quick else "full"
        return (
            f"`{self.command}`: {self.plan.rounds} {rounds}, {self.plan.seconds} s per measurement after "
            f"{self.plan.warm_up} s of warm-up, the {model} model.\n\n{facts}\n"
            f"* foreign work on the servers' core, interrupts included: {usual:.1%} at the variant and load "
            f"that had most of it, {most:.1%} in the worst single measurement\n"
            f"* equal answers: all services gave the pipeline's float32 for {DISTINCT:,} payments one by one "
            f"and {BATCH:,} in a batch"
        )


def _goal(outcome: Outcome) -> Mapping[str, object]:
    goal = outcome.goal
    return {
        "what": goal.what,
        "variant": goal.variant,
        "better": goal.better.name.lower(),
        "bound": goal.bound,
        "aim": goal.aim,
        "value": outcome.value,
        "reached": outcome.reached,
        "aim_reached": outcome.aim_reached,
    }
