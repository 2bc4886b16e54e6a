"""A run's report, as people and as programs read it."""

import io
import json

import pytest

from fraud_simulator.figures import summarise
from fraud_simulator.outcome import Answer, Failure, Outcome
from fraud_simulator.payments import Payment
from fraud_simulator.progress import Progress
from fraud_simulator.report import as_json, as_text
from fraud_simulator.style import Style

SUMMARY = summarise(
    (
        Outcome(
            (Payment(1500.0, 1, 2, "misc_net", is_fraud=True),),
            0.002,
            (Answer("block", "fraudulent", warned=False),),
        ),
        Outcome(
            (Payment(20.0, 1, 2, "home", is_fraud=False),),
            0.004,
            (Answer("approve", "non-fraudulent", warned=True),),
        ),
        Outcome(
            (Payment(1.0, 1, 2, "home", is_fraud=False),), 1.0, Failure("503 overloaded", "Try again in 1 s.")
        ),
    ),
    planned=4,
    seconds=1.5,
)

TEXT = """\
3 of 4 requests sent in 1.5 s, 2 a second; 1 failed
  1 x 503 overloaded: Try again in 1 s.
  2 payments answered, 1 of them with a warning

Latency   p50 2.0 ms   p90 4.0 ms   p99 4.0 ms   max 4.0 ms

Decision                   payments    share   genuine   fraud   fraud amount
  approve                         1   50.0 %         1       0           0.00
  review                          0    0.0 %         0       0           0.00
  block                           1   50.0 %         0       1       1,500.00

Truth \\ prediction         fraudulent   non-fraudulent
  fraud                             1                0
  genuine                           0                1

Money                      payments     amount   of all fraud
  fraud blocked                   1   1,500.00        100.0 %
  fraud sent to review            0       0.00          0.0 %
  fraud missed                    0       0.00          0.0 %
  good customers stopped          0       0.00
  reviews to do                   0       0.00"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_text_is_plain_and_aligned() -> None:
    assert as_text(SUMMARY, Style(coloured=False)).splitlines() == TEXT.splitlines()


def test_colours_change_nothing_but_the_looks() -> None:
    coloured = as_text(SUMMARY, Style(coloured=True))
    for code in ("\x1b[1m", "\x1b[31m", "\x1b[0m"):
        assert code in coloured
        coloured = coloured.replace(code, "")
    assert coloured == TEXT


def test_json_holds_every_figure() -> None:
    figures = json.loads(as_json(SUMMARY, "http://localhost:9090", "fraud-12345678"))
    assert (figures["service"], figures["release"], figures["failed"], figures["rate"]) == (
        "http://localhost:9090",
        "fraud-12345678",
        1,
        2.0,
    )
    assert figures["confusion"] == {
        "true_positive": 1,
        "false_negative": 0,
        "false_positive": 0,
        "true_negative": 1,
    }


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
    ids=["terminal", "no-color", "dumb", "pipe"],
)
def test_colours_are_for_terminals(stream: io.StringIO, environ: dict[str, str], coloured: bool) -> None:
    assert Style.of(stream, environ).coloured == coloured


def test_progress_off_a_terminal_is_a_line_every_tenth() -> None:
    stream = io.StringIO()
    progress = Progress(stream, 40)
    for done in range(41):
        progress.update(done, done // 20)
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [line.split(" of ")[0] for line in lines] == [str(done) for done in range(4, 41, 4)]
    assert lines[-1].endswith(", 2 failed")


def test_progress_on_a_terminal_is_one_line_that_is_wiped_at_the_end() -> None:
    stream = Terminal()
    progress = Progress(stream, 4)
    progress.update(2, 0)
    progress.close()
    assert stream.getvalue().startswith(f"\r\x1b[2K[{'#' * 15}{'.' * 15}] 2 of 4 requests, ")
    assert stream.getvalue().endswith("\r\x1b[2K")
    assert "\n" not in stream.getvalue()
