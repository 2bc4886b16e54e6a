"""How many turns of the event loop the batch window stays open."""

from hypothesis import given
from hypothesis import strategies as st

from fraud_transformer.scoring.batch_window import BatchWindow


def _answers(*queued: int) -> list[bool]:
    window = BatchWindow()
    return [window.stays_open(each) for each in queued]


def test_a_lone_request_does_not_wait() -> None:
    assert [False, False] == _answers(1, 1)


def test_requests_wait_while_each_turn_brings_more() -> None:
    assert [True, True, False] == _answers(5, 9, 9)


def test_a_steady_stream_is_sent_after_three_looks() -> None:
    assert [True, True, True, False] == _answers(2, 3, 4, 5)


def test_each_dispatch_starts_anew() -> None:
    assert [True, False, True, False] == _answers(8, 8, 8, 8)


def test_a_queue_that_callers_left_is_sent() -> None:
    assert [True, False] == _answers(8, 0)


@given(st.lists(st.integers(0, 100), min_size=4))
def test_no_request_waits_more_than_three_turns(queued: list[int]) -> None:
    answers = _answers(*queued)
    assert all(False in answers[start : start + 4] for start in range(len(answers) - 3))
