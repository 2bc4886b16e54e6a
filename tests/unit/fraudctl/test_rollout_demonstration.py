"""When the demo counts as failed."""

from pathlib import Path

import pytest

from fraud_contract.errors import FraudError
from fraud_rollout.core.state.phase import Phase
from fraudctl.commands.rollout_demonstration import require_ends
from fraudctl.flows.demo.stories import Story
from support.rollouts.decisions import record


def story(title: str, expected: Phase, phase: Phase) -> Story:
    ended = record().model_copy(update={"phase": phase, "reason": "as judged"})
    return Story(title, expected, ended, 0, 1.0, Path("report.html"))


def test_a_demo_whose_rollouts_end_as_they_should_passes() -> None:
    require_ends(
        (
            story("better", Phase.PROMOTED, Phase.PROMOTED),
            story("slow", Phase.ROLLED_BACK, Phase.ROLLED_BACK),
        )
    )


@pytest.mark.parametrize(
    ("expected", "phase"),
    [
        (Phase.PROMOTED, Phase.ROLLED_BACK),
        (Phase.ROLLED_BACK, Phase.PROMOTED),
        (Phase.ROLLED_BACK, Phase.FAILED),
    ],
)
def test_one_that_ends_otherwise_is_an_error_with_its_reason_and_report(
    expected: Phase, phase: Phase
) -> None:
    with pytest.raises(FraudError) as raised:
        require_ends((story("one", expected, phase),))
    assert raised.value.message == (
        f'The candidate "one" ended {phase}, not {expected}: as judged. Its report: report.html'
    )
