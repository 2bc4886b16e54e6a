"""A plan is the same after it was written and read; whatever is no part of one is refused by name."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import UsageError
from fraud_contract.policy import Costs
from fraud_training.plan.effort import Effort
from fraud_training.plan.file import read_costs, read_parameters, read_plan, written
from fraud_training.plan.parameters import Parameters
from fraud_training.plan.plan import Plan
from fraud_training.plan.quality_gates import QualityGates
from fraud_training.plan.source import Source

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
moments = st.datetimes()
sources = st.builds(
    Source,
    files=st.lists(texts, min_size=1).map(tuple),
    columns=st.dictionaries(st.sampled_from(["time", "amt", "category", "is_fraud"]), texts),
    labels=st.dictionaries(texts, st.sampled_from(["fraud", "legit"])),
    timezone=st.sampled_from([None, "Europe/Berlin"]),
    split=st.sampled_from([{"train": 0.5, "validation": 0.25}])
    | st.tuples(moments, moments)
    .filter(lambda both: both[0] < both[1])
    .map(lambda both: {"train": both[0], "validation": both[1]}),
)
plans = st.builds(
    Plan,
    effort=st.sampled_from(Effort),
    seed=st.integers(0, 2**31 - 1),
    rounds=st.integers(1, 600),
    fitting_rows=st.just("all") | st.integers(100, 10**9),
    parameters=st.builds(Parameters, learning_rate=st.floats(1e-6, 1), max_bin=st.integers(2, 65_535)),
    costs=st.builds(Costs, review_cost=st.floats(0, 1e12)),
    quality_gates=st.builds(
        QualityGates, brier_skill=st.floats(max_value=1, allow_nan=False), mean_tolerance=st.floats(0)
    ),
    data=st.none() | sources,
)


@given(plans)
def test_a_written_plan_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> None:
    path = tmp_path_factory.mktemp("plans") / "plan.toml"
    path.write_text(written(plan), encoding="utf-8")
    assert plan == read_plan(path)


@pytest.mark.parametrize("plan", [Plan.quick(), Plan.full(seed=3)])
def test_part_of_a_plan_is_completed_by_its_effort(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(f'effort = "{plan.effort}"\nseed = {plan.seed}\n[quality_gates]\nroc_auc = 0.9\n')
    gates = plan.quality_gates.model_copy(update={"roc_auc": 0.9})
    assert plan.model_copy(update={"quality_gates": gates}) == read_plan(path)


def test_parameters_and_costs_change_what_they_name(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text("eta = 0.05\nmax_depth = 4\n")
    (tmp_path / "costs.toml").write_text("review_cost = 9\n")
    plan = read_costs(read_parameters(Plan.full(), tmp_path / "parameters.toml"), tmp_path / "costs.toml")
    expected: dict[str, Any] = Plan.full().parameters.model_dump()
    assert expected | {"learning_rate": 0.05, "max_depth": 4} == plan.parameters.model_dump()
    assert Costs(review_cost=9) == plan.costs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("roundz = 3", "roundz: Extra inputs are not permitted"),
        ("rounds = 0", "rounds: .*greater than or equal to 1"),
        ("effort = 'some'", "effort: Input should be 'quick' or 'full'"),
        ("accepts_failed_gates = true", "accepts_failed_gates: Extra inputs"),
        ("[parameters]\nscale_pos_weight = 9", "parameters: .*scale_pos_weight cannot be set: .*no"),
        ("[parameters]\nbooster = 'dart'", "booster cannot be set: only gbtree is served"),
        ("[parameters]\neta = 0.1\nlearning_rate = 0.1", "learning_rate is given by both"),
        ("[data]\nfiles = ['a.csv']\ntimezone = 'Mars'", "data.timezone: no such time zone"),
        ("[data]\nfiles = ['a']\nsplit = {train = 0.9, validation = 0.2}", "leave nothing for evaluation"),
        ("[data]\nfiles = ['a']\nsplit = {train = 2025-01-02, validation = 2025-01-01}", "train must end"),
        ("rounds = 6000\n[parameters]\nnum_parallel_tree = 2", "more than 10000 trees"),
        ("rounds", "is not TOML"),
        ("effort = []", "effort: Input should be"),
        ("rounds = " + "[" * 60_000, "nests too deeply"),
        ("rounds = " + "{a = " * 10_000, "nests too deeply"),
        ("rounds" + ".a" * 2_000 + " = 1", "rounds: Input should be"),
        ("rounds = " + "9" * 5_000, "is not TOML"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_name(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(UsageError, match=rf"plan\.toml.*{reason}"):
        read_plan(tmp_path / "plan.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"plan\.toml cannot be read: No such file"):
        read_plan(tmp_path / "plan.toml")
