"""Stages as they are seen."""

import io
import re

import pytest
from rich.console import Console

from fraudctl.stages import Stages


def told(*, terminal: bool) -> tuple[Stages, io.StringIO]:
    stream = io.StringIO()
    return Stages(Console(file=stream, force_terminal=terminal, width=100)), stream


def test_off_a_terminal_a_stage_prints_its_parts_and_its_result_with_the_time() -> None:
    stages, stream = told(terminal=False)
    with stages.stage("Publish") as stage:
        stage.stage("upload [model]")
        stage.advance(1, 2)
        stage.result = "done [v0]"
    lines = [re.sub(r"\d+\.\d s", "N s", line) for line in stream.getvalue().splitlines()]
    assert lines == ["Publish ...", "      upload [model]", "Publish              N s  done [v0]"]


def test_on_a_terminal_the_moving_line_is_gone_in_the_end() -> None:
    stages, stream = told(terminal=True)
    with stages.stage("Publish") as stage:
        stage.stage("upload")
        stage.advance(1, 2)
        stage.result = "v0"
    assert "Publish: upload" in stream.getvalue()
    assert stream.getvalue().splitlines()[-1].endswith("v0")


def test_a_stage_that_fails_has_no_result_line() -> None:
    stages, stream = told(terminal=False)
    with pytest.raises(ValueError, match="broken"), stages.stage("Publish"):
        raise ValueError("broken")
    assert stream.getvalue() == "Publish ...\n"


def test_notes_and_warnings_stand_on_one_line_however_long() -> None:
    stages, stream = told(terminal=False)
    stages.note("word " * 60)
    stages.warn("word " * 60)
    assert [line[:13] for line in stream.getvalue().splitlines()] == ["      word wo", "warning: word"]


@pytest.mark.parametrize("terminal", [False, True])
def test_what_others_wrote_steers_no_terminal(*, terminal: bool) -> None:
    stages, stream = told(terminal=terminal)
    with stages.stage("Fetch") as stage:
        stage.stage("a\x1b]0;b\x07")
        stage.result = "c\x1b]0;d\x07"
    stages.note("e\x1b]0;f\x07")
    stages.warn("g\x1b]0;h\x07")
    assert "]0;h" in stream.getvalue()
    assert "\x1b]" not in stream.getvalue()
