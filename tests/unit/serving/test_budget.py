"""A budget refuses what comes on top of too much."""

import pytest

from fraud_contract.errors import Overloaded
from fraud_serving.budget import Budget


def test_what_is_held_is_counted_until_it_is_released() -> None:
    budget = Budget(10, "Too much.")
    budget.hold(8)
    with pytest.raises(Overloaded, match=r"^Too much\.$"):
        budget.hold(3)
    budget.hold(2)
    budget.release(8)
    budget.hold(8)


def test_what_alone_is_more_than_the_limit_is_taken_alone() -> None:
    budget = Budget(10, "Too much.")
    budget.hold(11)
    with pytest.raises(Overloaded):
        budget.hold(1)


def test_one_is_held_while_a_context_lasts() -> None:
    budget = Budget(1, "Too much.")
    with budget.holding(), pytest.raises(Overloaded):
        budget.hold()
    budget.hold()
