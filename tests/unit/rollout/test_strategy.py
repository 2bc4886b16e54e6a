"""A strategy is data: good defaults, and refusals that name the key and what is allowed."""

import pytest

from fraud_contract.errors import SettingsError
from fraud_rollout.core.strategy.strategy import Strategy


def test_what_is_not_named_keeps_its_default() -> None:
    strategy = Strategy.read(
        "strategy:\n  gates: {errors: {tolerable: 0.002, harmful: 0.02}}\n  keepWarm: 90m"
    )
    assert strategy.gates.errors is not None
    assert 0.02 == strategy.gates.errors.harmful
    assert Strategy().gates.decisions == strategy.gates.decisions
    assert 5_400 == strategy.keep_warm.total_seconds()
    assert Strategy().steps == strategy.steps


def test_null_turns_a_gate_off() -> None:
    assert Strategy.read("gates: {slow: null}").gates.slow is None
    assert Strategy.read("cost: null").cost is None


def test_what_is_written_is_read_again() -> None:
    strategy = Strategy.read("{pairs: 500, steps: [1, 99], deadlines: {evidence: 1h30m}}")
    assert strategy == Strategy.read(strategy.write())
    assert '"evidence": "1h30m"' in strategy.write()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "strategy: is empty. Leave it out for the defaults."),
        ("gates: {}", "gates: is empty; leave it out for the defaults, or name gates and their limits"),
        ("gates:", "gates: is empty"),
        ("steps: [5, 5]", r"steps: \[5, 5\] must ascend"),
        ("steps: [50, 25]", r"steps: \[50, 25\] must ascend"),
        ("steps: []", "steps: Tuple should have at least 1 item"),
        ("steps: [100]", "steps.0: Input should be less than or equal to 99"),
        (
            "gates: {decisions: {tolerable: 0.01, harmful: 0.01}}",
            r"gates.decisions: tolerable \(0.01\) must lie below harmful \(0.01\)",
        ),
        ("cost: {tolerable: 0.2, harmful: 0.1}", r"cost: tolerable \(0.2\) must lie below harmful \(0.1\)"),
        ("gates: {errors: null}", "gates.errors: cannot be off"),
        ("{gates: {decisions: null, scores: null}, cost: null}", "decisions, scores and cost are all off"),
        ("stepz: [5]", "stepz: no such key; allowed here: gates, cost, .*keepWarm, approval"),
        ("gates: {latency: null}", "gates.latency: no such key; allowed here: decisions, scores, categories"),
        (
            "gates: {errors: {tolerable: 0.1, harmful: 0.2, max: 1}}",
            "gates.errors.max: no such key; allowed here: tolerable, harmful",
        ),
        ("keepWarm: soon", "keepWarm: 'soon' is no duration; write 90s, 10m, 1h30m or 2d"),
        ("keepWarm: 5", "keepWarm: 5 is no duration"),
        ("approval: boss", "approval: Input should be 'none', 'beforeTraffic' or 'beforeFull'"),
        ("confidence: .nan", "confidence: "),
        ("a: [", "line 1: not YAML or JSON"),
        ("!!python/object:os.system x", "not YAML or JSON"),
        ("keepWarm: 2026-99-99", "not YAML or JSON"),
        ("pairs: !!int abc", "not YAML or JSON"),
        ("pairs: " + "9" * 5_000, "not YAML or JSON"),
        ("pairs: 500\nsteps: [5]\npairs: 900", "line 3: pairs is named twice"),
        ('{"cost": {"harmful": 0.2, "harmful": 0.1, "tolerable": 0}}', "line 1: harmful is named twice"),
        ("- 1", "Input should be a valid dictionary"),
        ("x" * 70_000, "a strategy has at most 65,536 characters"),
    ],
)
def test_a_strategy_that_cannot_be_meant_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Strategy.read(text)
