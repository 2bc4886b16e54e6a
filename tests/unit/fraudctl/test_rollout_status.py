"""What people see of a rollout, in a terminal: one line for each thing, in letters that can be seen."""

import io
from datetime import timedelta

import pytest
from rich.console import Console, RenderableType

from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Record, Span
from fraud_rollout.records.details import Details
from fraudctl.commands.rollout.status import story, view
from fraudctl.flows.rollout.follow import described
from support.rollouts.records import CREATED, record, release

HOSTILE = "\x1b[2J\u202ex\n[bold]y"
SHOWN = "�[2J�x [bold]y"


@pytest.fixture
def hostile() -> Record:
    span = Span(
        phase=Phase.HELD, weight=0, begun=CREATED, ended=CREATED + timedelta(seconds=1), reason=HOSTILE
    )
    return record(
        stable=release("a").model_copy(update={"name": HOSTILE}),
        candidate=release("b").model_copy(update={"name": HOSTILE}),
        phase=Phase.HELD,
        reason=HOSTILE,
        spans=(span,),
    )


def printed(shown: RenderableType) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=180).print(shown)
    return file.getvalue().splitlines()


def test_names_and_reasons_of_others_stay_on_their_lines(hostile: Record) -> None:
    seen, told = printed(view(hostile, Details(), {})), printed(story(hostile, Details()))
    releases = f"releases {SHOWN} -> {SHOWN}"
    assert [releases, releases] == [seen[1], told[1]]
    assert told[3].endswith(SHOWN)
    assert f"{SHOWN}  Held: {SHOWN}" == described(hostile)
    assert not set("\x1b\u202e") & set("".join(seen + told))
