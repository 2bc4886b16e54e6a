"""`python -m benchmarks.rollouts.study`: the error rates of the gates, simulated in seconds."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from benchmarks.rollouts.candidates import Expected
from benchmarks.rollouts.recorded import Recorded, load
from benchmarks.rollouts.simulation import Ends, fails_from, passes_to, simulate
from fraud_rollout.core.state.outcome import Outcome
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.verdict import Limits

RATES: Final = (0, 16, 19, 27, 34, 40, 54, 80, 99, 105, 150)
"""Events per 10,000."""
_RUNS: Final = 20_000
_CAP: Final = 8_000
_ROLLOUTS: Final = 1_000
"""For each candidate."""
_STOPPED: Final = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.LOADED)


def one_gate(rate: float, limits: Limits, look: int, runs: int) -> tuple[float, float, float | None]:
    """Share of PASS, share of FAIL, and the median observations at the verdict; alpha .01 on both sides."""
    generator = np.random.default_rng(1)
    n = np.arange(look, _CAP + 1, look)
    events = generator.binomial(look, rate, (runs, len(n))).cumsum(axis=1)
    fails = events >= fails_from(limits.tolerable, 0.01, _CAP)[n]
    passes = events <= passes_to(limits.harmful, 0.01, _CAP)[n]
    never = len(n)
    failed, passed = (np.where(each.any(1), each.argmax(1), never) for each in (fails, passes))
    first = np.minimum(failed, passed)
    decided = first[first < never]
    median = float(np.median(n[decided])) if len(decided) > runs / 2 else None
    return float((passed < failed).mean()), float(((failed <= passed) & (first < never)).mean()), median


def gate_table() -> Iterable[str]:
    """The gate of decisions, over rates from harmless to harmful."""
    found = [one_gate(rate / 1e4, Limits(tolerable=0.004, harmful=0.008), 50, _RUNS) for rate in RATES]
    yield "| differing per 10,000 | " + " | ".join(map(str, RATES)) + " |"
    yield "|---" * (len(RATES) + 1) + "|"
    rows: dict[str, Callable[[tuple[float, float, float | None]], str]] = {
        "pass %": lambda each: f"{100 * each[0]:.3g}",
        "fail %": lambda each: f"{100 * each[1]:.3g}",
        "median pairs": lambda each: f"{each[2]:,.0f}" if each[2] else "-",
    }
    for name, show in rows.items():
        yield f"| {name} | " + " | ".join(map(show, found)) + " |"


def other_gates() -> Iterable[str]:
    """Errors and slowness at a weight."""
    errors, slow = Limits(tolerable=0.001, harmful=0.01), Limits(tolerable=0.02, harmful=0.10)
    for name, rate, limits in (
        ("errors: none", 0.0, errors),
        ("errors: 1 %", 0.01, errors),
        ("errors: 5 %", 0.05, errors),
        ("slow: 1 %, as stable", 0.01, slow),
        ("slow: half", 0.5, slow),
    ):
        passed, failed, median = one_gate(rate, limits, 20, _RUNS // 10)
        yield f"| {name} | {passed:.1%} | {failed:.1%} | {median or 0:,.0f} |"


def all_gates(
    recorded: Sequence[Recorded], runs: int
) -> tuple[list[tuple[Recorded, Ends]], dict[str, float]]:
    """`runs` rollouts of each candidate with every gate on, and the figures that the judge promises."""
    generator = np.random.default_rng(2)
    ends = [(each, simulate(each, Strategy(), runs, generator)) for each in recorded]
    sound = [end for each, end in ends if each.candidate.expected is Expected.PROMOTED]
    harmful = [end for each, end in ends if each.candidate.expected is Expected.STOPPED]
    compared = np.concatenate([end.pairs for end in (*sound, *harmful)])
    return ends, {
        "rollouts": float(sum(end.outcomes.total() for _, end in ends)),
        "false promotion": float(np.mean([end.share(Outcome.PASSED) for end in harmful])),
        "false abort": float(np.mean([end.share(Outcome.FAILED) for end in sound])),
        "benign held": float(np.mean([end.share(Outcome.UNDECIDED, Outcome.LOADED) for end in sound])),
        "median pairs of sound candidates": float(np.median(np.concatenate([end.pairs for end in sound]))),
        "median pairs of all": float(np.median(compared[compared > 0])),
    }


def all_gates_table(ends: Sequence[tuple[Recorded, Ends]]) -> Iterable[str]:
    """One row a candidate."""
    yield "| candidate | should be | passed % | failed % | held % | median pairs | decided by |"
    yield "|---|---|---|---|---|---|---|"
    for recorded, end in ends:
        shares = [end.share(Outcome.PASSED), end.share(Outcome.FAILED), end.share(*_STOPPED[1:])]
        figures = " | ".join(f"{100 * share:.3g}" for share in shares)
        gates = ", ".join(name for name, _ in end.gates.most_common(2)) or "all passed"
        pairs = f"{np.median(end.pairs):,.0f}"
        yield f"| {recorded.candidate.name} | {recorded.candidate.expected} | {figures} | {pairs} | {gates} |"


def main() -> None:
    """Print all tables."""
    print("One gate (tolerable 40, harmful 80 per 10,000; alpha .01; looks every 50 pairs)\n")
    print("\n".join(gate_table()))
    print("\nErrors (tolerable .1 %, harmful 1 %) and slowness (2 %, 10 %)\n")
    print("| requests that are events | pass | fail | median requests |\n|---|---|---|---|")
    print("\n".join(other_gates()))
    ends, figures = all_gates(load(), _ROLLOUTS)
    print("\nAll gates at once, on recorded answers of real candidates\n")
    print("\n".join(all_gates_table(ends)))
    print()
    for name, figure in figures.items():
        print(f"{name}: {figure:,.0f}" if figure > 1 else f"{name}: {figure:.2%}")


if __name__ == "__main__":
    main()
