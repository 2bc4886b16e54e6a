"""`python -m benchmarks.rollouts`: make all candidates, judge them, and write the table of docs/rollouts.md.

The first time it trains for some ten minutes; releases are kept in var/candidates.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.rollouts.candidates import CATALOGUE, FOLDER, Candidate, release
from benchmarks.rollouts.recorded import Recorded, cells_of, save
from benchmarks.rollouts.scored import answers_of, labelled
from benchmarks.rollouts.simulation import Ends, simulate
from benchmarks.rollouts.study import gate_table
from fraud_contract.policy import Costs
from fraud_rollout.core.state.outcome import Outcome
from fraud_rollout.core.strategy.strategy import Gates, Strategy
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.evaluation import Terms, evaluate
from fraud_training.data.repository import Window, load

PAGE: Final = Path("docs/rollouts.md")
_RUNS: Final = 500
_NO_GATES: Final = {"precision": None, "calibration": None, "recall": None, "load": None}
ALL: Final = Strategy()
ONLINE: Final = Strategy(gates=Gates(categories=None), cost=None, **_NO_GATES)
"""Decisions and scores of real payments alone."""
COST: Final = Strategy(gates=Gates(decisions=None, scores=None, categories=None), **_NO_GATES)
"""Money on labelled payments alone."""


def record(catalogue: Sequence[Candidate]) -> list[Recorded]:
    """Every candidate's evaluation and answers; trains what is not there yet."""
    windows = {window: load(window) for window in (Window.EVALUATION, Window.TRAFFIC)}
    answered: dict[tuple[str, Window], Answers] = {}

    def answers(name: str, window: Window) -> Answers:
        if (name, window) not in answered:
            answered[name, window] = answers_of(release(name, FOLDER), windows[window])
        return answered[name, window]

    payments = labelled(windows[Window.EVALUATION])
    categories = windows[Window.TRAFFIC]["category"].to_numpy(object)
    recorded = []
    for candidate in catalogue:
        print(f"{candidate.name}, for {candidate.stable}", flush=True)
        before, after = (
            [answers(name, window) for window in windows] for name in (candidate.stable, candidate.folder)
        )
        evaluation = evaluate(payments, before[0], after[0], Terms(Costs()))
        cells = cells_of(before[1], after[1], categories, Terms(Costs()).difference)
        recorded.append(Recorded(candidate, evaluation, cells))
    return recorded


def table(recorded: Sequence[Recorded]) -> Iterable[str]:
    """One row a candidate: what it does, and what each kind of judgement makes of it."""
    yield (
        "| candidate | replaces | expected cost | average precision | decisions, scores differing per 10,000 "
        "| all gates | decided by | decisions and scores alone | cost alone | errors and latency alone |"
    )
    yield "|---" * 10 + "|"
    generator = np.random.default_rng(3)
    for each in recorded:
        together, online, cost = (simulate(each, plan, _RUNS, generator) for plan in (ALL, ONLINE, COST))
        yield " | ".join(
            [
                f"| {each.candidate.name}",
                each.candidate.stable,
                f"{100 * each.evaluation.cost.estimate:+.1f} %",
                f"{each.evaluation.precision.estimate:+.4f}",
                _differing(each),
                _end(together),
                _gate(together),
                f"{_end(online)}, {np.median(online.pairs):,.0f} pairs",
                _end(cost),
                "promoted |",  # it answers, quickly, without an error
            ]
        )


def _differing(recorded: Recorded) -> str:
    sizes = recorded.sizes
    rates = [(recorded.indicators()[gate][0] @ sizes) / sizes.sum() for gate in ("decisions", "scores")]
    return ", ".join(f"{10_000 * rate:,.0f}" for rate in rates)


def _end(ends: Ends) -> str:
    words = {Outcome.PASSED: "passed", Outcome.FAILED: "rejected"}
    shares: dict[str, float] = {}
    for outcome in ends.outcomes:
        word = words.get(outcome, "held")
        shares[word] = shares.get(word, 0.0) + ends.share(outcome)
    return ", ".join(
        word if share == 1 else f"{word} {share:.1%}"
        for word, share in sorted(shares.items(), key=lambda item: -item[1])
    ).replace("%", " %")


def _gate(ends: Ends) -> str:
    pairs = int(np.median(ends.pairs))
    after = f"{pairs:,} pairs" if pairs else "labelled payments"
    decided = ends.gates.most_common(1) if ends.share(Outcome.PASSED) < 1 / 2 else []
    return f"`{decided[0][0]}`, {after}" if decided else f"all, {after}"


def write(name: str, rows: Iterable[str], page: Path = PAGE) -> None:
    """Put a table between the page's marks of that name."""
    begin, end = (f"<!-- {name}: {word} -->" for word in ("begin", "end"))
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    page.write_text("\n".join([before + begin, "", *rows, "", end + after]))


def main() -> None:
    """Make, judge, record, print and write."""
    recorded = record(CATALOGUE)
    save(recorded)
    rows = list(table(recorded))
    print("\n".join(rows))
    write("candidates", rows)
    write("gate", gate_table())


if __name__ == "__main__":
    main()
