"""The plan that the options of `fraudctl train` make, and options that make none."""

from dataclasses import replace
from pathlib import Path

import pytest

from fraud_contract.errors import UsageError
from fraud_training.plan.file import written
from fraud_training.plan.plan import Plan
from fraud_training.plan.source import Dates, Shares
from fraudctl.flows.training_plan import DataOptions, PlanOptions, plan_of

DATA = DataOptions(files=("a.csv",), columns=(), labels=(), timestamp=None, timezone=None, split=None)
NO_DATA = replace(DATA, files=())
NONE = PlanOptions(quick=False, seed=None, file=None, parameters=None, costs=None, data=NO_DATA)


def test_without_options_it_is_the_full_one() -> None:
    assert Plan.full() == plan_of(NONE)
    assert Plan.quick(seed=7) == plan_of(replace(NONE, quick=True, seed=7))


def test_options_count_more_than_the_file(tmp_path: Path) -> None:
    first = plan_of(replace(NONE, data=replace(DATA, timestamp="paid_at", columns=("amt=price",))))
    (tmp_path / "plan.toml").write_text(written(first))
    (tmp_path / "costs.toml").write_text("review_cost = 1")
    options = replace(NONE, file=tmp_path / "plan.toml", costs=tmp_path / "costs.toml", seed=5)
    plan = plan_of(replace(options, data=replace(NO_DATA, timezone="Europe/Berlin")))
    assert (plan.seed, plan.costs.review_cost) == (5, 1)
    assert plan.data is not None
    assert (plan.data.files, plan.data.timezone) == (("a.csv",), "Europe/Berlin")
    assert {"time": "paid_at", "amt": "price"} == plan.data.columns


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("train=0.5,validation=0.25", Shares(train=0.5, validation=0.25)),
        ("train=2025-06-01,validation=2025-08-01", {"train": "2025-06-01", "validation": "2025-08-01"}),
    ],
)
def test_windows_are_shares_or_dates(text: str, split: object) -> None:
    plan = plan_of(replace(NONE, data=replace(DATA, split=text)))
    assert plan.data is not None
    assert plan.data.split == (Dates.model_validate(split) if isinstance(split, dict) else split)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (replace(NONE, data=replace(NO_DATA, columns=("amt=price",))), "name it with --data FILE"),
        (replace(NONE, data=replace(DATA, columns=("price=amt",))), "FIELD is one of time, amt, category"),
        (replace(NONE, data=replace(DATA, columns=("amt",))), "give FIELD=COLUMN"),
        (replace(NONE, data=replace(DATA, columns=("amt=a", "amt=b"))), "--column amt=… is given twice"),
        (replace(NONE, data=replace(DATA, labels=("yes=bad",))), "labels.yes: Input should be 'fraud' or"),
        (replace(NONE, data=replace(DATA, timezone="Mars/Base")), "timezone: no such time zone"),
        (replace(NONE, data=replace(DATA, split="train=0.9,validation=0.3")), "leave nothing for evaluation"),
        (replace(NONE, data=replace(DATA, split="train=0.9")), "validation: Field required"),
        (replace(NONE, data=replace(DATA, split="0.6")), "give train=0.6,validation=0.2"),
        (replace(NONE, quick=True, file=Path("plan.toml")), "both say how long to train"),
        (replace(NONE, costs=Path("nowhere.toml")), "nowhere.toml cannot be read"),
        (replace(NONE, seed=-1), "seed: Input should be greater than or equal to 0"),
    ],
)
def test_unusable_options_are_refused_by_name(options: PlanOptions, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        plan_of(options)
    assert reason in raised.value.message
